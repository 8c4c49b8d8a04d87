// The breaker's options as people write them, and as figures.
import type { Duration } from '../../core/index.ts'
import type { Reader } from '../read-options.ts'

export interface BreakerOptions {
  /** Opens at this share of failed calls in the window. Default 0.5. */
  readonly failureRate?: number
  /** Opens at this share of slow calls in the window. Default 0.8. */
  readonly slowRate?: number
  /** A call is slow when it passes this, also while it still runs. Default 2 s; 'infinity': none is. */
  readonly slow?: Duration | 'infinity'
  /** Default 10 s. */
  readonly window?: Duration
  /** Fewer calls in the window never open it. Default 10. */
  readonly calls?: number
  /** Opens at so many failed connects in a row, whatever the window says. Default 5. */
  readonly connects?: number
  /** Open for so long at first; doubled with each trip, ± jitter. Default 5 s. */
  readonly open?: Duration
  /** Never open for longer. Default 60 s. */
  readonly openCap?: Duration
  /** Share by which the open time varies. Default 0.2. */
  readonly jitter?: number
  /**
   * How it comes back. `calls` (default): when its time is up, 3 calls are let through, and 2 must pass. `outside`: someone else probes,
   * and calls restore(). An object changes the numbers of `calls`: `lease` is how long a probe may take (default: `slow`).
   */
  readonly probes?: 'calls' | 'outside' | { readonly of?: number; readonly pass?: number; readonly lease?: Duration }
  /** After it closed, calls come back over this time. Default 10 s; 0: all at once. */
  readonly ramp?: Duration
  /** Closed for so long, earlier trips are forgotten. Default 60 s. */
  readonly healthy?: Duration
  /** How many keys are remembered. An open one is never forgotten. Default 1000. */
  readonly maxKeys?: number
}

export interface Figures {
  readonly failureRate: number
  readonly slowRate: number
  readonly slowMs: number
  readonly leaseMs: number
  /** The nearer of slow and lease: before it nothing in flight needs a look. */
  readonly lateMs: number
  readonly windowMs: number
  readonly calls: number
  readonly connects: number
  readonly openMs: number
  readonly openCapMs: number
  readonly jitter: number
  readonly probes: number
  readonly passes: number
  readonly outside: boolean
  readonly rampMs: number
  readonly healthyMs: number
  readonly random: () => number
}

export const BREAKER_OPTIONS =
  'failureRate slowRate slow window calls connects open openCap jitter probes ramp healthy maxKeys'.split(' ')

export function readBreaker(given: BreakerOptions, at: string, read: Reader, random: () => number): Figures {
  const path = (name: string) => (at === '' ? name : `${at}.${name}`)
  const probes = given.probes ?? 'calls'
  const counted: Readonly<Record<string, unknown>> =
    typeof probes === 'string' ? {} : read.object(probes, path('probes'), ['of', 'pass', 'lease'])
  if (typeof probes === 'string') read.oneOf(probes, path('probes'), ['calls', 'outside'] as const, 'calls')
  const of = read.count(counted['of'], path('probes.of'), 3)
  const slowMs = read.duration(given.slow, path('slow'), 2_000, { least: 1 })
  const openMs = read.duration(given.open, path('open'), 5_000, { least: 1 })
  const leaseMs = read.duration(counted['lease'], path('probes.lease'), Number.isFinite(slowMs) ? slowMs : 10_000, { least: 1 })
  return Object.freeze({
    failureRate: read.share(given.failureRate, path('failureRate'), 0.5, { least: 0.01 }),
    slowRate: read.share(given.slowRate, path('slowRate'), 0.8, { least: 0.01 }),
    slowMs,
    leaseMs,
    lateMs: Math.min(slowMs, leaseMs),
    windowMs: read.duration(given.window, path('window'), 10_000, { least: 10 }),
    calls: read.count(given.calls, path('calls'), 10),
    connects: read.count(given.connects, path('connects'), 5),
    openMs,
    openCapMs: Math.max(openMs, read.duration(given.openCap, path('openCap'), 60_000, { least: 1 })),
    jitter: read.share(given.jitter, path('jitter'), 0.2),
    probes: of,
    passes: read.count(counted['pass'], path('probes.pass'), Math.ceil((of * 2) / 3), { most: of }),
    outside: probes === 'outside',
    rampMs: read.duration(given.ramp, path('ramp'), 10_000),
    healthyMs: read.duration(given.healthy, path('healthy'), 60_000),
    random,
  })
}
