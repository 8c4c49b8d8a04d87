// A level without an end is a call that may wait for ever, and hold what it has for as long.
import { coveredBy } from '../covered.ts'
import { endless as isEndless, type Rule } from '../facts.ts'

export const endless: Rule = {
  name: 'endless',
  says: 'Everything that does IO has an end.',
  check({ parts }) {
    return parts.flatMap(part =>
      part.settings.flatMap(setting => {
        if (!isEndless(setting.valueMs) || coveredBy(setting.level, part.settings) !== undefined) return []
        return [
          {
            rule: this.name,
            where: part.path,
            weight: 'broken' as const,
            says: `${setting.level} has no end (${setting.name}, from ${setting.from}): whoever waits there waits for ever`,
            mend: setting.fix ?? `Set ${setting.name}`,
            ...(setting.fix === undefined ? {} : { patch: setting.fix }),
          },
        ]
      }),
    )
  },
}
