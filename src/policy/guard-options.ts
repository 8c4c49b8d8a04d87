// guard()'s options as people write them, and as figures: read once when it is made, and again when it is changed.
import type { Duration } from '../core/index.ts'
import type { Breaker } from './breaker/breaker.ts'
import { BREAKER_OPTIONS, type BreakerOptions, type Figures, readBreaker } from './breaker/options.ts'
import { FALLBACK_OPTIONS, type FallbackFigures, type FallbackOptions, readFallback } from './fallback.ts'
import type { Fault } from './fault.ts'
import { HEDGE_OPTIONS, type HedgeFigures, type HedgeOptions, readHedge } from './hedge.ts'
import type { Limit } from './limit/limit.ts'
import { LIMIT_OPTIONS, type LimitOptions, type ReadLimit, readLimit } from './limit/options.ts'
import { breakers, faults, limits, type Named, rates, readNamed, SURROUNDINGS } from './policy.ts'
import { RATE_OPTIONS, type Rate, type RateFigures, type RateOptions, readRate } from './rate.ts'
import type { Reader } from './read-options.ts'
import { RETRY_OPTIONS, type RetryFigures, type RetryOptions, readRetry } from './retry.ts'
import { STALE_OPTIONS, StaleCore, type StaleOptions } from './stale.ts'

export interface GuardOptions extends Named {
  /** Of the whole call, retries included; the ambient one can only shorten it. Default 10 s; false: none of its own. */
  readonly deadline?: Duration | false
  /** Of each attempt. Default: what is left, shared among the attempts that may follow. */
  readonly timeout?: Duration | false
  /** Default 3 tries, full jitter, a budget. */
  readonly retry?: RetryOptions | false
  /** Options, or a breaker() of your own, which several guards may share. Default on. */
  readonly breaker?: BreakerOptions | Breaker | false
  /** How many at once, options, or a limit() of your own. Default adaptive, from 20. */
  readonly limit?: number | LimitOptions | Limit | false
  /** Default none. */
  readonly rate?: RateOptions | Rate | false
  /** A second try beside a late first one, for idempotent calls. Default none. */
  readonly hedge?: HedgeOptions | false
  /** Another answer when all has failed. Default none. */
  readonly fallback?: FallbackOptions['to'] | FallbackOptions | false
  /** The last good answer when all has failed. Default none. */
  readonly stale?: StaleOptions | boolean
  /** A fault() of your own, for drills. Default none. */
  readonly fault?: Fault
  /** Hears how long each attempt that was answered well took: milliseconds, to about 5. What it throws is lost. Default none. */
  readonly took?: (ms: number) => void
  /**
   * What your function calls inherits its deadline, and that someone retries already; a try after a cut one runs in its caller's context.
   * Default true; false is cheaper, for a driver's call that runs no code of yours.
   */
  readonly ambient?: boolean
}

/** Only the code that makes a guard can say these: no file, and no change at run time. */
export const IN_CODE: readonly string[] = ['name', 'key', 'clock', 'events', 'random', 'judge', 'fault', 'took', 'ambient']

const SECTIONS = [
  'deadline',
  'timeout',
  'retry',
  'breaker',
  'limit',
  'rate',
  'hedge',
  'fallback',
  'stale',
  'fault',
  'took',
  'ambient',
]

/** Undefined: left out, or given ready-made. */
export interface GuardFigures {
  readonly name: string
  readonly deadlineMs: number
  readonly timeoutMs: number
  readonly retry: RetryFigures | undefined
  readonly breaker: { readonly figures: Figures; readonly maxKeys: number } | undefined
  readonly limit: { readonly read: ReadLimit; readonly maxKeys: number } | undefined
  readonly rate: { readonly figures: RateFigures; readonly maxKeys: number } | undefined
  readonly hedge: HedgeFigures | undefined
  readonly fallback: FallbackFigures | undefined
  readonly stale: StaleCore | undefined
}

export function readGuard(options: GuardOptions, read: Reader): GuardFigures {
  const given = read.object(options, '', [...SURROUNDINGS, ...SECTIONS]) as GuardOptions
  const name = readNamed(given as Readonly<Record<string, unknown>>, 'guard', read)
  const { random = Math.random } = given
  const time = (value: Duration | false | undefined, at: string, byDefault: number) =>
    value === false ? Number.POSITIVE_INFINITY : read.duration(value, at, byDefault, { least: 1 })
  const section = <T>(value: unknown, at: string, known: readonly string[]) => read.object(value, at, known) as T
  const keys = (of: { readonly maxKeys?: number }, at: string) => read.count(of.maxKeys, `${at}.maxKeys`, 1_000)

  const deadlineMs = time(given.deadline, 'deadline', 10_000)
  const timeoutMs = time(given.timeout, 'timeout', Number.POSITIVE_INFINITY)
  const retry =
    given.retry === false
      ? undefined
      : readRetry(section<RetryOptions>(given.retry, 'retry', RETRY_OPTIONS), 'retry', read, random)
  let breaker: GuardFigures['breaker']
  if (given.breaker !== false && !breakers.has(given.breaker as object)) {
    const of = section<BreakerOptions>(given.breaker, 'breaker', BREAKER_OPTIONS)
    breaker = { figures: readBreaker(of, 'breaker', read, random), maxKeys: keys(of, 'breaker') }
  }
  let limit: GuardFigures['limit']
  if (given.limit !== false && !limits.has(given.limit as object)) {
    const said = given.limit
    const of = typeof said === 'number' ? { max: said } : section<LimitOptions>(said, 'limit', LIMIT_OPTIONS)
    limit = { read: readLimit(of, 'limit', read), maxKeys: keys(of, 'limit') }
  }
  let rate: GuardFigures['rate']
  if (given.rate !== undefined && given.rate !== false && !rates.has(given.rate)) {
    const of = section<RateOptions>(given.rate, 'rate', RATE_OPTIONS)
    rate = { figures: readRate(of, 'rate', read), maxKeys: keys(of, 'rate') }
  }
  if (given.fault !== undefined && !faults.has(given.fault)) read.bad('fault', 'must be made by fault()')
  read.fn(given.took, 'took')
  const { hedge, fallback, stale } = given
  return {
    name,
    deadlineMs,
    timeoutMs,
    retry,
    breaker,
    limit,
    rate,
    hedge: hedge ? readHedge(section<HedgeOptions>(hedge, 'hedge', HEDGE_OPTIONS), 'hedge', read) : undefined,
    fallback: fallback
      ? readFallback(
          typeof fallback === 'function' ? { to: fallback } : section<FallbackOptions>(fallback, 'fallback', FALLBACK_OPTIONS),
          'fallback',
          read,
        )
      : undefined,
    stale: stale
      ? new StaleCore(stale === true ? {} : section<StaleOptions>(stale, 'stale', STALE_OPTIONS), 'stale', read)
      : undefined,
  }
}

/** What is said anew over what was said before, one level deep: `{ breaker: { open: '10s' } }` leaves the rest of the breaker. */
export function merged(before: GuardOptions, change: Readonly<Record<string, unknown>>): GuardOptions {
  const all: Record<string, unknown> = { ...before }
  for (const [name, value] of Object.entries(change)) {
    const was = all[name]
    all[name] = isPlain(was) && isPlain(value) ? { ...was, ...value } : value
  }
  return all as GuardOptions
}

function isPlain(value: unknown): value is Readonly<Record<string, unknown>> {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    !breakers.has(value) &&
    !limits.has(value) &&
    !rates.has(value)
  )
}
