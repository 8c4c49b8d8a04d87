// k layers that try three times each are 3ᵏ calls.
import type { Finding, Rule } from '../facts.ts'

export const retries: Rule = {
  name: 'retries',
  says: 'One layer retries.',
  check({ parts }) {
    return parts.flatMap(part => {
      const layers = part.settings.filter(setting => setting.level === 'retries' && (setting.valueMs ?? 1) > 0)
      if (layers.length < 2) return []
      const product = layers.reduce((n, { valueMs }) => n * (1 + (valueMs ?? 1)), 1)
      return [
        {
          rule: this.name,
          where: part.path,
          weight: 'broken',
          says: `${layers.length} layers retry (${layers.map(l => `${l.name} from ${l.from}`).join(', ')}): one call may become ${product}`,
          mend: `Leave it to one of them: ${layers[0]!.fix ?? `turn off ${layers[0]!.name}`}`,
        } satisfies Finding,
      ]
    })
  },
}
