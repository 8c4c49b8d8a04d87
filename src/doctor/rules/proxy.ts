// The app should say what went wrong, before its proxy says something about it.
import { formatMs } from '../../core/index.ts'
import { known, levels, type PartFacts, type Rule } from '../facts.ts'

export const proxy: Rule = {
  name: 'proxy',
  says: 'A request’s deadline is shorter than the patience of what is in front.',
  check({ parts, behind }) {
    const patience = behind?.answerMs
    if (behind === undefined || !known(patience)) return []
    const doors = parts.flatMap(part => (known(levels(part)('inbound-deadline')) ? [processOf(part)] : []))
    return parts.flatMap(part => {
      const inbound = levels(part)('inbound-deadline')
      // Whoever has a door is answered by its deadline, whatever the server would allow.
      if (inbound === undefined && doors.includes(processOf(part))) return []
      const ms = inbound ?? levels(part)('server-request')
      const below = Math.floor(patience * 0.8)
      if (ms === undefined || (known(ms) && ms < patience)) return []
      return [
        {
          rule: this.name,
          where: part.path,
          weight: 'broken' as const,
          says: `a request may take ${known(ms) ? formatMs(ms) : 'for ever'}, and ${behind.name} gives up after ${formatMs(patience)}: the customer gets its error page, and the work goes on for nobody`,
          mend: `Give requests a deadline below ${formatMs(patience)}, such as ${formatMs(below)}`,
          patch: inbound === undefined ? `server.requestTimeout = ${below}` : `heal.admission({ deadline: '${below}ms' })`,
        },
      ]
    })
  },
}

const processOf = ({ path }: PartFacts) => path.slice(0, path.lastIndexOf('/'))
