// How long one operation may take: its own timeout, cut short by the deadline that what runs now has inherited.
import { type Clock, currentFrame, type Duration, durationMs } from '../core/index.ts'

export interface Within {
  /** How long it may take; the inherited deadline can only shorten it. */
  readonly timeout?: Duration
  readonly signal?: AbortSignal
}

/** Milliseconds; 0 or less: do not begin. */
export function timeFor({ timeout }: Within, defaultMs: number, clock: Clock): number {
  const own = timeout === undefined ? defaultMs : (durationMs(timeout) ?? Number.NaN)
  if (!(own > 0)) throw new TypeError(`timeout must be a time above 0, such as '5s', not ${String(timeout)}`)
  return Math.min(own, (currentFrame()?.deadline ?? Number.POSITIVE_INFINITY) - clock.now())
}
