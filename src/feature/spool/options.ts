// What a spool is made of, and the check of it. Money and stock are refused: what was promised with them can't wait.
import {
  type Clock,
  ConfigError,
  type Duration,
  durationMs,
  type Events,
  type Fault,
  type Judge,
  type Need,
} from '../../core/index.ts'

export interface Applying {
  /** The write's own key: applying twice under one key must do no more than once. After a crash it may be asked again. */
  readonly key: string
  /** 1 for the first. */
  readonly attempt: number
  /** Wall milliseconds. */
  readonly acceptedAt: number
  readonly signal: AbortSignal
}
export interface Kind<B = unknown> {
  /** Does the write. Must be safe to run again under the same key. */
  apply(body: B, how: Applying): unknown
  /** Looks again, just before it is applied, whether it still holds: a sentence is why not, and makes it a dead letter. */
  check?(body: B, how: Applying): string | undefined | Promise<string | undefined>
  /** An error that is the write's own fault (`blame: 'caller'`) makes it a dead letter at once. Default: every error is tried again. */
  readonly judge?: Judge
  /** What the write moves. Money and stock are refused. */
  readonly moves?: 'money' | 'stock' | 'other'
}
/** What each kind of write holds: JSON. */
export type Bodies = Readonly<Record<string, unknown>>

export interface SpoolOptions<K extends Bodies = Bodies> {
  /** Its file: `spool.db` of the state folder. */
  readonly file: string
  readonly kinds: { readonly [N in keyof K]: Kind<K[N]> }
  /** Applied only while this is full: the feature, or the database's own need. */
  readonly when: Need
  /** Most that may wait. Default 10,000. */
  readonly most?: number
  /** Most bytes that may wait. Default 64 MiB. */
  readonly mostBytes?: number
  /** Most bytes of one. Default 64 KiB. */
  readonly mostBody?: number
  /** Applied at most so many a second: what has just come back must not be run over. Default 50. */
  readonly perSecond?: number
  /** At the same time. Default 4. */
  readonly atOnce?: number
  /** Failed so often, it is a dead letter. Default 20. */
  readonly tries?: number
  /** One try. Default 30 s. */
  readonly within?: Duration
  /** How long what was applied is still known by its key. Default 7 days. */
  readonly keepFor?: Duration
  readonly clock?: Clock
  readonly events?: Events
  /** Default `spool`. */
  readonly path?: string
}

export interface SpoolLimits {
  readonly most: number
  readonly mostBytes: number
  readonly mostBody: number
  readonly perSecond: number
  readonly atOnce: number
  readonly tries: number
  readonly withinMs: number
  readonly keepMs: number
}

/** Throws ConfigError. */
export function limitsOf(options: SpoolOptions<never>): SpoolLimits {
  const faults: Fault[] = []
  const say = (at: string, says: string) => void faults.push({ at, says })
  const count = (at: 'most' | 'mostBytes' | 'mostBody' | 'perSecond' | 'atOnce' | 'tries', fallback: number) => {
    const value = options[at] ?? fallback
    if (typeof value !== 'number' || !(value >= 1)) say(at, `is ${String(value)}: a number, at least 1`)
    return value
  }
  const duration = (at: 'within' | 'keepFor', fallback: Duration) => {
    const ms = durationMs(options[at] ?? fallback)
    if (ms === undefined || ms === 0) say(at, `is ${String(options[at])}: a duration like '30s'`)
    return ms ?? 1
  }
  if (typeof options.file !== 'string' || options.file === '') say('file', 'must name a file')
  if (typeof options.when?.reading !== 'function') say('when', 'must be a need: writes are applied while it is full')
  for (const [name, kind] of Object.entries<Kind>(options.kinds ?? {})) {
    if (typeof kind.apply !== 'function') say(`kinds.${name}.apply`, 'must be a function')
    if (kind.moves === 'money' || kind.moves === 'stock')
      say(
        `kinds.${name}.moves`,
        `is ${kind.moves}: such a write can't wait, for others would act on what is not so yet. Refuse it, or use a failover`,
      )
  }
  if (Object.keys(options.kinds ?? {}).length === 0) say('kinds', 'must name at least one kind of write')
  const limits = {
    most: count('most', 10_000),
    mostBytes: count('mostBytes', 64 * 1024 * 1024),
    mostBody: count('mostBody', 64 * 1024),
    perSecond: count('perSecond', 50),
    atOnce: count('atOnce', 4),
    tries: count('tries', 20),
    withinMs: duration('within', '30s'),
    keepMs: duration('keepFor', '7d'),
  }
  if (faults.length > 0) throw new ConfigError('spool()', faults)
  return Object.freeze(limits)
}
