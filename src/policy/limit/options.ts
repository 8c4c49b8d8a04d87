// The limit's options as people write them, and as figures.
import type { Duration } from '../../core/index.ts'
import type { Reader } from '../read-options.ts'
import type { LimitFigures } from './rule.ts'

export interface LimitOptions {
  /** How many run at once. Default 20. */
  readonly max?: number
  /** How many wait for their turn. Default as many as run; 0: none. */
  readonly queue?: number
  /** Work that runs on for so long after its caller was answered gives its slot back. Default 30 s. */
  readonly lease?: Duration
  /** How many keys are remembered. Default 1000. */
  readonly maxKeys?: number
}

export const LIMIT_OPTIONS = ['max', 'queue', 'lease', 'maxKeys']

export function readLimit(
  given: LimitOptions,
  at: string,
  read: Reader,
): { readonly max: number; readonly figures: LimitFigures } {
  const path = (name: string) => (at === '' ? name : `${at}.${name}`)
  const max = read.count(given.max, path('max'), 20)
  return {
    max,
    figures: Object.freeze({
      queue: read.count(given.queue, path('queue'), max, { least: 0 }),
      leaseMs: read.duration(given.lease, path('lease'), 30_000),
      targetMs: 5,
      stretchMs: 100,
      expireMs: 10,
    }),
  }
}
