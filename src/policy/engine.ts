// Runs guarded calls: one deadline at the entry, one object per attempt, gates in their fixed order. What a policy decides stands in its
// own rule; this file starts attempts, answer.ts ends them. No closure, promise or timer per policy.
//
//   run ─► breaker ─► limit (may wait) ─► rate ─► timeout armed ─► fault ─► THE WORK ─► answer.ts
import { AsyncResource } from 'node:async_hooks'
import { type Ambient, type Clock, currentFrame, durationMs, type Events, type Judge, runInside } from '../core/index.ts'
import { failed, refuseAttempt, refuseRun, succeeded } from './answer.ts'
import type { BreakerCore } from './breaker/core.ts'
import { backInMs, begun, enter, ISOLATED, RAMPING } from './breaker/rule.ts'
import type { How } from './call.ts'
import { GuardedCall, type Work } from './guarded-call.ts'
import type { LimitCore } from './limit/core.ts'
import { enterLimit, FULL, PASS } from './limit/rule.ts'
import { link } from './outer-signal.ts'
import { REFUSALS, refusal } from './refusal.ts'
import { type Budget, deposit, type RetryFigures } from './retry.ts'
import type { Wheel } from './wheel.ts'

/** What one guard, or one policy by itself, runs its calls with. */
export interface Engine {
  readonly name: string
  readonly clock: Clock
  readonly events: Events
  readonly wheel: Wheel
  readonly judge: Judge | undefined
  /** What the state is kept by, when not by the call's key. */
  readonly stateKey: string | undefined
  deadlineMs: number
  timeoutMs: number
  retry: RetryFigures | undefined
  readonly budget: Budget | undefined
  readonly breaker: BreakerCore | undefined
  readonly limit: LimitCore | undefined
  readonly counts: Counts
}

export interface Counts {
  calls: number
  ok: number
  failed: number
  refused: number
  timeouts: number
  aborted: number
  retries: number
}

export const newCounts = (): Counts => ({ calls: 0, ok: 0, failed: 0, refused: 0, timeouts: 0, aborted: 0, retries: 0 })

/** With less left than this, nothing is started. */
export const LEAST_MS = 1
const RESOLVED = Promise.resolve()

export function runGuarded(e: Engine, work: Work, how: How | undefined): Promise<unknown> {
  const now = e.clock.now()
  const frame = currentFrame()
  let deadline = now + e.deadlineMs
  let hurried = false
  let key = e.name
  let outer: AbortSignal | undefined
  let idempotent = false
  let priority: How['priority'] = 'default'
  if (how !== undefined) {
    if (how.deadline !== undefined) {
      const at = now + deadlineOf(how.deadline)
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
  const attempts = e.retry === undefined || frame?.retries === 'taken' ? 1 : e.retry.attempts
  const c = new GuardedCall(e, work, key, e.stateKey ?? key, idempotent, priority, deadline, hurried, attempts, frame, outer, 1)
  const promise = new Promise((resolve, reject) => {
    c.resolve = resolve
    c.reject = reject
  })
  e.counts.calls++
  if (e.budget !== undefined) deposit(e.budget, now)
  if (outer !== undefined) {
    if (outer.aborted) {
      refuseRun(c, refusal(REFUSALS.abortedEarly, e.name, key, { cause: outer.reason }))
      return promise
    }
    link(c, outer)
  }
  begin(c, now)
  return promise
}

function deadlineOf(deadline: NonNullable<How['deadline']>): number {
  const ms = durationMs(deadline)
  if (ms === undefined) throw new TypeError(`deadline must be milliseconds or text as '5s', not ${String(deadline)}`)
  return ms
}

/** One attempt, through the gates. */
export function begin(c: GuardedCall, now: number): void {
  const { engine: e } = c
  if (c.deadline - now < LEAST_MS) {
    refuseAttempt(c, refusal(REFUSALS.tooLate, e.name, c.key, { remainingMs: Math.max(0, c.deadline - now) }), now)
    return
  }
  const { breaker, limit } = e
  if (breaker !== undefined) {
    const cell = breaker.cells.of(c.stateKey)
    const pass = enter(cell, breaker.figures, c, now)
    if (cell.moved !== undefined) breaker.tell(cell)
    if (pass < 0) {
      const kind = pass === ISOLATED ? REFUSALS.isolated : pass === RAMPING ? REFUSALS.ramping : REFUSALS.open
      const retryAfterMs = pass === ISOLATED ? undefined : backInMs(cell, breaker.figures, now)
      breaker.refused++
      refuseAttempt(c, refusal(kind, e.name, c.stateKey, { retryAfterMs, remainingMs: c.deadline - now }), now)
      return
    }
    c.breakerCell = cell
  }
  if (limit !== undefined) {
    const cell = limit.cells.of(c.stateKey)
    c.limitCell = cell
    const got = enterLimit(cell, limit.figures, c, now)
    if (got !== PASS) {
      if (got === FULL) {
        c.limitCell = undefined
        limit.refused++
        refuseAttempt(c, refusal(REFUSALS.full, e.name, c.stateKey, { remainingMs: c.deadline - now }), now)
        return
      }
      c.resource ??= new AsyncResource('selfheal')
      e.wheel.add(c, c.deadline, now)
      return
    }
    c.phase = 'granted'
  }
  start(c, now)
}

/** Its turn has come, in a call's end or a change of the limit: it goes on by itself, in its caller's context. */
export function granted(c: GuardedCall): void {
  c.phase = 'granted'
  c.engine.wheel.remove(c)
  RESOLVED.then(() => {
    if (c.phase !== 'granted') return
    const now = c.engine.clock.now()
    if (c.breakerCell !== undefined) begun(c.breakerCell, c, now)
    c.resource!.runInAsyncScope(start, undefined, c, now)
  })
}

function start(c: GuardedCall, now: number): void {
  const { engine: e } = c
  const remaining = c.deadline - now
  if (remaining < LEAST_MS) {
    refuseAttempt(c, refusal(REFUSALS.tooLate, e.name, c.key, { remainingMs: Math.max(0, remaining) }), now)
    return
  }
  // Only a try that may follow a cut one needs time left for it.
  const share = c.idempotent && c.attempts > c.attempt ? remaining / (c.attempts - c.attempt + 1) : remaining
  const end = share < e.timeoutMs ? now + share : now + e.timeoutMs
  c.phase = 'running'
  if (end !== Number.POSITIVE_INFINITY) {
    e.wheel.add(c, end, now)
    if (c.idempotent && c.attempts > 1) c.resource ??= new AsyncResource('selfheal')
  }
  let answer: unknown
  try {
    const frame = frameOf(c, end)
    answer = frame === c.frame ? c.work(c) : runInside(frame!, c.work, c)
  } catch (error) {
    failed(c, error)
    return
  }
  if (answer instanceof Promise || isThenable(answer))
    Promise.resolve(answer).then(
      value => succeeded(c, value),
      error => failed(c, error),
    )
  else succeeded(c, answer)
}

/** What the work inherits: the end of this attempt, and that someone retries already. The caller's own frame, when that says it all. */
function frameOf({ frame: outer, attempts }: GuardedCall, end: number): Ambient | undefined {
  if (outer === undefined) {
    if (attempts > 1) return Object.freeze({ deadline: end, retries: 'taken' } as const)
    return end === Number.POSITIVE_INFINITY ? undefined : Object.freeze({ deadline: end })
  }
  if (end >= outer.deadline && (attempts === 1 || outer.retries !== undefined)) return outer
  const deadline = Math.min(end, outer.deadline)
  return Object.freeze(attempts > 1 ? { ...outer, deadline, retries: 'taken' } : { ...outer, deadline })
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function'
}
