// Attempts and the waits between them must fit into the deadline, or the last ones never happen.
import { formatMs } from '../../core/index.ts'
import { known, levels, type Rule } from '../facts.ts'

export const attempts: Rule = {
  name: 'attempts',
  says: 'All attempts and the waits between them fit into the deadline.',
  check({ parts }) {
    return parts.flatMap(part => {
      const at = levels(part)
      const [total, deadline] = [at('attempts-total'), at('deadline')]
      if (!known(total) || !known(deadline) || total <= deadline) return []
      return [
        {
          rule: this.name,
          where: part.path,
          weight: 'broken' as const,
          says: `its attempts and waits come to ${formatMs(total)}, its deadline is ${formatMs(deadline)}: the last attempts never happen`,
          mend: 'Fewer attempts, shorter ones, or a longer deadline',
        },
      ]
    })
  },
}
