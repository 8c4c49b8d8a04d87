// Scenario: which fault goes in, how often, and what is promised under it. One file each, as crash.ts; drill.ts runs any of them.
import type { Serving, Target } from './target.ts'

export interface Fault {
  /** For people: 'kill -9'. */
  readonly says: string
  inject(target: Target, life: Serving): void
}

export interface Promises {
  /** From the fault until the next life answers, and is ready. */
  readonly backWithinMs: number
}

export interface Scenario {
  readonly name: string
  readonly fault: Fault
  /** How many times the fault goes in, evenly spread over the load. */
  readonly times: number
  readonly promises: Promises
}

/** When the fault goes in, from the start of the load: once = in the middle. */
export function timesOf(durationMs: number, times: number): readonly number[] {
  return Array.from({ length: times }, (_, i) => (durationMs * (i + 1)) / (times + 1))
}
