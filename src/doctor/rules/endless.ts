// A level without an end is a call that may wait for ever, and hold what it has for as long.
import { endless as isEndless, type Rule } from '../facts.ts'

/** Another level bounds these just as well. */
const COVERED: Readonly<Record<string, readonly string[]>> = {
  query: ['statement', 'attempt'],
  'pool-idle': ['tcp'],
  command: ['attempt'],
  'client-request': ['attempt', 'deadline', 'headers'],
  'socket-idle': ['attempt', 'deadline'],
}

export const endless: Rule = {
  name: 'endless',
  says: 'Everything that does IO has an end.',
  check({ parts }) {
    return parts.flatMap(part =>
      part.settings.flatMap(setting => {
        const covered = COVERED[setting.level]?.some(level => part.settings.some(s => s.level === level && s.valueMs !== null))
        if (!isEndless(setting.valueMs) || covered) return []
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
