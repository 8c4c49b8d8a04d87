// A journey: what a visitor does, in a few lines: steps with their checks, and time to think. Declared here, walked by visitor.ts, started
// at its times by arrivals.ts.
import type { Visitor } from './visitor.ts'

export interface Journey {
  readonly name: string
  /** How often it is walked, beside the others. Default 1. */
  readonly weight: number
  readonly walk: (visitor: Visitor) => Promise<void>
}

/** `walk` takes the steps; what it throws ends this one visit, and counts as a wrong answer. */
export function journey(
  name: string,
  walk: (visitor: Visitor) => Promise<void>,
  { weight = 1 }: { readonly weight?: number } = {},
): Journey {
  return Object.freeze({ name, walk, weight })
}
