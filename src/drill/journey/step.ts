// A step, once it is over: one request of one visitor, and what became of it.

/**
 * `degraded`: an honest no (503, a reason as problem+json, Retry-After). `wrong`: answered, but not as the journey says it should be.
 * `unsent`: the drill's own machine could not send it.
 */
export const STEP_KINDS = ['ok', 'degraded', 'refused', 'reset', 'timeout', '5xx', '4xx', 'wrong', 'other', 'unsent'] as const
export type StepKind = (typeof STEP_KINDS)[number]

/** Times are the clock's. What it took counts from `dueMs`: waiting to be sent is waiting too. */
export interface Step {
  readonly journey: string
  /** 'POST /api/orders'. */
  readonly name: string
  readonly kind: StepKind
  /** For people: '503', 'ECONNRESET', 'no listings'. */
  readonly says: string
  readonly dueMs: number
  readonly sentMs: number
  readonly endMs: number
}

/** Something a visitor was told is done, or may have been: looked up when all is over. */
export interface Wrote {
  readonly what: string
  /** False: the answer was lost, or a no. Then there may be one, or none, but never two. */
  acknowledged: boolean
  /** How often it is there. */
  readonly count: () => Promise<number>
}
