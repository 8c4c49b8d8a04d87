// The control arm's word: SELFHEAL_WITHOUT=breaker,failover turns patterns off, so that a drill can show what each of them buys. For
// drills alone: in production it is refused. Who reads it decides nothing more than "am I there": the pattern off is the plain call.
import { ConfigError } from './errors.ts'

/** What can be left out, each by the name its page has. */
export const PATTERNS = ['supervision', 'breaker', 'timeout', 'retry', 'failover', 'feature', 'limit'] as const
export type Pattern = (typeof PATTERNS)[number]

export const WITHOUT = 'SELFHEAL_WITHOUT'

/** The patterns that this process runs without. Throws ConfigError: one that is not known, or any in production. */
export function withoutPatterns(env: Readonly<Record<string, string | undefined>> = process.env): ReadonlySet<Pattern> {
  const words = (env[WITHOUT] ?? '').split(/[\s,]+/).filter(word => word !== '')
  if (words.length === 0) return NONE
  const unknown = words.filter(word => !PATTERNS.includes(word as Pattern))
  if (unknown.length > 0)
    throw new ConfigError(
      WITHOUT,
      unknown.map(word => ({ at: word, says: `is no pattern; known: ${PATTERNS.join(', ')}` })),
    )
  if (env['NODE_ENV'] === 'production')
    throw new ConfigError(WITHOUT, [
      { at: words.join(','), says: 'turns self-healing off, which is for drills: unset it where NODE_ENV is production' },
    ])
  return new Set(words as Pattern[])
}

const NONE: ReadonlySet<Pattern> = new Set()
