// Runs guarded calls: one deadline at the entry, one object per attempt, gates in their fixed order. What a policy decides stands in its
// own rule; attempt.ts starts attempts, answer.ts ends them, again.ts tries them again. No closure, promise or timer per policy.
//
//   run ─► breaker ─► limit (may wait) ─► rate ─► timeout armed ─► fault ─► THE WORK ─► answer.ts ─► again.ts
import { type Clock, ConfigError, currentFrame, durationMs, type Events, type Judge } from '../core/index.ts'
import { refuseRun } from './answer.ts'
import { begin } from './attempt.ts'
import type { BreakerCore } from './breaker/core.ts'
import type { How } from './call.ts'
import { runDirect } from './direct.ts'
import type { FaultCore } from './fault.ts'
import { GuardedCall, type Work } from './guarded-call.ts'
import type { LimitCore } from './limit/core.ts'
import { link } from './outer-signal.ts'
import type { RateCore } from './rate.ts'
import { REFUSALS, refusal } from './refusal.ts'
import { type Budget, deposit, type RetryFigures } from './retry.ts'
import type { Shapes } from './shaped.ts'
import type { Ticker } from './ticker.ts'
import type { Wheel } from './wheel.ts'

/** What one guard, or one policy by itself, runs its calls with. */
export interface Engine {
  readonly name: string
  readonly clock: Clock
  readonly events: Events
  readonly wheel: Wheel
  readonly ticker: Ticker | undefined
  readonly judge: Judge | undefined
  /** Hears how long each attempt that was answered well took. */
  readonly took: ((ms: number) => void) | undefined
  /** What the state is kept by, when not by the call's key. */
  readonly stateKey: string | undefined
  deadlineMs: number
  timeoutMs: number
  retry: RetryFigures | undefined
  readonly budget: Budget | undefined
  readonly breaker: BreakerCore | undefined
  readonly limit: LimitCore | undefined
  readonly rate: RateCore | undefined
  readonly fault: FaultCore | undefined
  /** Around it all, where there are any. */
  readonly shapes: Shapes | undefined
  readonly counts: Counts
  /** A breaker alone. */
  readonly direct: boolean
  /** The work inherits by its async context. */
  readonly ambient: boolean
}

export interface Counts {
  calls: number
  ok: number
  failed: number
  refused: number
  timeouts: number
  aborted: number
  retries: number
  hedges: number
  fallbacks: number
}

export const newCounts = (): Counts => ({
  calls: 0,
  ok: 0,
  failed: 0,
  refused: 0,
  timeouts: 0,
  aborted: 0,
  retries: 0,
  hedges: 0,
  fallbacks: 0,
})

/** With less left than this, nothing is started. */
export const LEAST_MS = 1
/** `once`: whatever its retry says, for a hedge. */
export function runGuarded(e: Engine, work: Work, how: How | undefined, once = false): Promise<unknown> {
  const frame = currentFrame()
  // Nothing can end the caller's wait but the work: no timer, no promise of its own, no exact time is needed.
  if (
    e.direct &&
    (how === undefined || (how.deadline === undefined && how.signal === undefined)) &&
    (frame === undefined || frame.deadline === Number.POSITIVE_INFINITY)
  )
    return runDirect(e, work, how, frame)
  const now = e.clock.now()
  let deadline = now + e.deadlineMs
  let hurried = false
  let key = e.name
  let outer: AbortSignal | undefined
  let idempotent = false
  let priority: How['priority'] = 'default'
  if (how !== undefined) {
    if (how.deadline !== undefined) {
      const ms = durationMs(how.deadline)
      if (ms === undefined) return Promise.reject(noDeadline(e.name, how.deadline))
      const at = now + ms
      if (at < deadline) {
        deadline = at
        hurried = true
      }
    }
    if (how.key !== undefined) key = how.key
    outer = how.signal
    idempotent = how.idempotent === true
    if (how.priority !== undefined) priority = how.priority
  }
  if (frame !== undefined && frame.deadline < deadline) {
    deadline = frame.deadline
    hurried = true
  }
  const attempts = once || e.retry === undefined || frame?.retries === 'taken' ? 1 : e.retry.attempts
  const c = new GuardedCall(e, work, key, e.stateKey ?? key, idempotent, priority, deadline, hurried, attempts, frame, outer, 1)
  e.counts.calls++
  const promise = new Promise((resolve, reject) => {
    c.resolve = resolve
    c.reject = reject
  })
  if (e.retry !== undefined && e.budget !== undefined) deposit(e.budget, now)
  if (outer !== undefined) {
    if (outer.aborted) {
      refuseRun(c, refusal(REFUSALS.abortedEarly, e.name, key, undefined, undefined, outer.reason))
      return promise
    }
    link(c, outer)
  }
  begin(c, now)
  return promise
}

function noDeadline(name: string, said: unknown): ConfigError {
  return new ConfigError(name, [{ at: 'deadline', says: `must be milliseconds or text as '5s', not ${String(said)}` }])
}
