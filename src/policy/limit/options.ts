// The limit's options as people write them, and as figures.
import type { Duration } from '../../core/index.ts'
import type { Reader } from '../read-options.ts'
import type { AdaptiveFigures } from './adaptive.ts'
import type { LimitFigures } from './rule.ts'

export interface LimitOptions {
  /** How many run at once: a fixed number, as of a pool. Default: adaptive. */
  readonly max?: number
  /** Found from latency, between `min` and `max`. Default: from 20, between 2 and 200. */
  readonly adaptive?: boolean | { readonly start?: number; readonly min?: number; readonly max?: number }
  /** How many wait for their turn. Default as many as may run; 0: none. */
  readonly queue?: number
  /** Work that runs on for so long after its caller was answered gives its slot back. Default 30 s. */
  readonly lease?: Duration
  /** In a queue that stands (all that was let in during 100 ms had waited more than 5 ms), who waited longer goes. Default 100 ms. */
  readonly expire?: Duration | 'infinity'
  /** How many keys are remembered. Default 1000. */
  readonly maxKeys?: number
}

export const LIMIT_OPTIONS = ['max', 'adaptive', 'queue', 'lease', 'expire', 'maxKeys']

export interface ReadLimit {
  readonly max: number
  readonly adaptive: AdaptiveFigures | undefined
  readonly figures: LimitFigures
}

export function readLimit(given: LimitOptions, at: string, read: Reader): ReadLimit {
  const path = (name: string) => (at === '' ? name : `${at}.${name}`)
  const wants = given.adaptive ?? given.max === undefined
  if (given.adaptive === false && given.max === undefined) read.bad(path('max'), 'must be said when it is not adaptive')
  if (given.max !== undefined && given.adaptive) read.bad(path('adaptive'), 'must not be with max: say adaptive: { max }')
  const of = typeof wants === 'object' ? read.object(wants, path('adaptive'), ['start', 'min', 'max']) : {}
  if (typeof wants !== 'object' && typeof wants !== 'boolean') read.object(wants, path('adaptive'), [])
  const most = read.count(of['max'], path('adaptive.max'), 200)
  const min = read.count(of['min'], path('adaptive.min'), Math.min(2, most), { most })
  const start = read.count(of['start'], path('adaptive.start'), Math.min(20, most), { least: min, most })
  const max = wants === false || given.max !== undefined ? read.count(given.max, path('max'), 20) : start
  return {
    max,
    adaptive: wants === false || given.max !== undefined ? undefined : Object.freeze({ start, min, max: most }),
    figures: Object.freeze({
      queue: given.queue === undefined ? undefined : read.count(given.queue, path('queue'), 0, { least: 0 }),
      leaseMs: read.duration(given.lease, path('lease'), 30_000),
      targetMs: 5,
      stretchMs: 100,
      expireMs: read.duration(given.expire, path('expire'), 100),
    }),
  }
}
