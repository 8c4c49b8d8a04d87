// hedge(): a second try of a call that is late, beside the first; whoever answers first wins, the other is given up. For idempotent reads
// only, and only as often as its budget allows: under overload hedging is what one must not do.
import { type Clock, type Duration, type Judge, systemClock } from '../core/index.ts'
import type { Call, Shape } from './call.ts'
import { type Named, newEngine, policyOf, readNamed, SURROUNDINGS } from './policy.ts'
import { Reader } from './read-options.ts'
import { type Budget, charge, deposit, newBudget } from './retry.ts'
import { wait } from './waited.ts'

export interface HedgeOptions {
  /** A call is late after this: near its 95th percentile. */
  readonly after: Duration
  /** Tries at once, the first included. Default 2. */
  readonly max?: number
  /** Hedges may be this share of the calls of the last 10 s, and one a second more. Default 0.1. */
  readonly budget?: number
}
export const HEDGE_OPTIONS = ['after', 'max', 'budget']

export interface HedgeFigures {
  readonly afterMs: number
  readonly max: number
  readonly share: number
  readonly budget: Budget
}

export function readHedge(given: HedgeOptions, at: string, read: Reader): HedgeFigures {
  const path = (name: string) => (at === '' ? name : `${at}.${name}`)
  if (given.after === undefined) read.bad(path('after'), "must be said: milliseconds or text as '200ms'")
  return Object.freeze({
    afterMs: read.duration(given.after, path('after'), 0),
    max: read.count(given.max, path('max'), 2, { least: 2, most: 5 }),
    share: read.share(given.budget, path('budget'), 0.1),
    budget: newBudget(),
  })
}

/** `next` runs one try under the signal it is given; its own outcome is left alone when another has won. */
export async function hedged<T>(
  f: HedgeFigures,
  next: (attempt: number, signal: AbortSignal) => Promise<T>,
  clock: Clock,
  launched: () => void,
): Promise<T> {
  deposit(f.budget, clock.now())
  const losers = new AbortController()
  const tries: Promise<T>[] = []
  const failures: unknown[] = []
  let open = 0
  const first = Promise.withResolvers<T>()
  const failed = Promise.withResolvers<void>()
  const launch = () => {
    open++
    const own = next(tries.length + 1, losers.signal)
    tries.push(own)
    own.then(first.resolve, (error: unknown) => {
      failures.push(error)
      if (--open === 0) failed.resolve()
    })
  }
  launch()
  try {
    while (tries.length < f.max) {
      const late = wait(f.afterMs, clock)
      const came = await Promise.race([
        late.over.then(() => 'late' as const),
        first.promise.then(() => 'answer' as const),
        failed.promise.then(() => 'failed' as const),
      ])
      late.end()
      if (came !== 'late' || !charge(f.budget, f.share, clock.now())) break
      launched()
      launch()
    }
    return await Promise.race([
      first.promise,
      failed.promise.then(() => {
        throw failures[0]
      }),
    ])
  } finally {
    losers.abort()
  }
}

export function hedge(options: HedgeOptions & Named): Shape {
  const read = new Reader()
  const given = read.object(options, '', [...SURROUNDINGS, ...HEDGE_OPTIONS]) as unknown as HedgeOptions & Named
  const name = readNamed(given as unknown as Readonly<Record<string, unknown>>, 'hedge', read)
  const figures = readHedge(given, '', read)
  read.done(name)
  const { clock = systemClock } = given
  return Object.freeze({
    ...policyOf(newEngine(name, given, { shapes: { hedge: figures } })),
    around: <T>(next: (attempt: number) => Promise<T>, call: Call, _judge: Judge) =>
      call.idempotent ? hedged(figures, next, clock, () => {}) : next(1),
  } satisfies Shape)
}
