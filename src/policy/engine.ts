// Runs guarded calls: one deadline at the entry, one object per attempt, gates in their fixed order. What a policy decides stands in its
// own rule; this file starts attempts, answer.ts ends them. No closure, promise or timer per policy.
//
//   run ─► breaker ─► limit (may wait) ─► rate ─► timeout armed ─► fault ─► THE WORK ─► answer.ts
import { AsyncResource } from 'node:async_hooks'
import {
  type Ambient,
  type Clock,
  currentFrame,
  durationMs,
  type Events,
  enterFrame,
  type Judge,
  type RejectedError,
} from '../core/index.ts'
import { endedDirect, failed, judged, refuseAttempt, refuseRun, rejectedSoon, succeeded } from './answer.ts'
import type { Cell } from './breaker/cell.ts'
import type { BreakerCore } from './breaker/core.ts'
import { backInMs, begun, enter, ISOLATED, RAMPING } from './breaker/rule.ts'
import type { How } from './call.ts'
import type { FaultCore } from './fault.ts'
import { GuardedCall, type Work } from './guarded-call.ts'
import { judgeError, judgeValue } from './judge.ts'
import type { LimitCore } from './limit/core.ts'
import { enterLimit, FULL, PASS } from './limit/rule.ts'
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
const RESOLVED = Promise.resolve()

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

function runDirect(e: Engine, work: Work, how: How | undefined, frame: Ambient | undefined): Promise<unknown> {
  const breaker = e.breaker!
  const now = e.ticker === undefined ? e.clock.now() : e.ticker.now()
  const key = how?.key ?? e.name
  const c = new GuardedCall(
    e,
    work,
    key,
    e.stateKey ?? key,
    how?.idempotent === true,
    how?.priority ?? 'default',
    Number.POSITIVE_INFINITY,
    false,
    1,
    frame,
    undefined,
    1,
  )
  e.counts.calls++
  const cell = breaker.cells.of(c.stateKey)
  if (e.ticker !== undefined) cell.blockedMs = e.ticker.blocked()
  const pass = enter(cell, breaker.figures, c, now)
  if (cell.moved !== undefined) breaker.tell(cell)
  if (pass < 0) {
    e.counts.refused++
    return rejectedSoon(breakerRefusal(c, cell, pass, now))
  }
  c.phase = 'running'
  c.breakerCell = cell
  return runAwaited(c)
}

async function runAwaited(c: GuardedCall): Promise<unknown> {
  const { engine: e } = c
  let value: unknown
  try {
    value = await c.work(c)
  } catch (error) {
    endedDirect(c, e.judge === undefined ? judgeError(error) : judged(c, { error }))
    throw error
  }
  endedDirect(c, e.judge === undefined ? judgeValue(value) : judged(c, { value }))
  return value
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
    refuseAttempt(c, refusal(REFUSALS.tooLate, e.name, c.key, undefined, Math.max(0, c.deadline - now)), now)
    return
  }
  const { breaker, limit } = e
  if (breaker !== undefined) {
    const cell = breaker.cells.of(c.stateKey)
    if (e.ticker !== undefined) cell.blockedMs = e.ticker.blocked()
    const pass = enter(cell, breaker.figures, c, now)
    if (cell.moved !== undefined) breaker.tell(cell)
    if (pass < 0) {
      refuseAttempt(c, breakerRefusal(c, cell, pass, now), now)
      return
    }
    c.breakerCell = cell
  }
  if (limit !== undefined) {
    const cell = limit.cells.of(c.stateKey)
    c.limitCell = cell
    let got = enterLimit(cell, limit.figures, c, now)
    if (got === FULL && limit.reclaim(cell, now)) got = enterLimit(cell, limit.figures, c, now)
    if (got !== PASS) {
      if (got === FULL) {
        c.limitCell = undefined
        limit.refused++
        refuseAttempt(c, refusal(REFUSALS.full, e.name, c.stateKey, undefined, c.deadline - now), now)
        return
      }
      c.resource ??= new AsyncResource('selfheal')
      e.wheel.add(c, c.deadline, now)
      if (cell.stragglers.size > 0 && !limit.reclaim(cell, now)) limit.watchLeases(cell, now)
      return
    }
    c.phase = 'granted'
  }
  start(c, now)
}

function breakerRefusal(c: GuardedCall, cell: Cell, pass: number, now: number): RejectedError {
  const breaker = c.engine.breaker!
  const kind = pass === ISOLATED ? REFUSALS.isolated : pass === RAMPING ? REFUSALS.ramping : REFUSALS.open
  const retryAfterMs = pass === ISOLATED ? undefined : backInMs(cell, breaker.figures, now)
  breaker.refused++
  return refusal(kind, c.engine.name, c.stateKey, retryAfterMs, c.deadline - now)
}

/** Its turn has come, in a call's end or a change of the limit: it goes on by itself, in its caller's context. */
export function granted(c: GuardedCall): void {
  c.phase = 'granted'
  c.engine.wheel.remove(c)
  c.engine.limit!.queueMoved(c.limitCell!)
  RESOLVED.then(() => {
    if (c.phase !== 'granted') return
    const now = c.engine.clock.now()
    if (c.breakerCell !== undefined) begun(c.breakerCell, c, now)
    c.resource!.runInAsyncScope(start, undefined, c, now)
  })
}

function start(c: GuardedCall, now: number) {
  const { engine: e } = c
  const remaining = c.deadline - now
  if (remaining < LEAST_MS) {
    refuseAttempt(c, refusal(REFUSALS.tooLate, e.name, c.key, undefined, Math.max(0, remaining)), now)
    return
  }
  if (e.rate !== undefined) {
    const waitMs = e.rate.take(c.stateKey, now)
    if (waitMs > 0) return refuseAttempt(c, refusal(REFUSALS.rate, e.name, c.stateKey, waitMs, remaining), now)
  }
  // Only a try that may follow a cut one needs time left for it.
  const share = c.idempotent && c.attempts > c.attempt ? remaining / (c.attempts - c.attempt + 1) : remaining
  const end = share < e.timeoutMs ? now + share : now + e.timeoutMs
  c.phase = 'running'
  c.startedAt = now
  e.wheel.add(c, end, now)
  let answer: unknown
  try {
    const frame = frameOf(c, end)
    if (frame === c.frame) {
      if (c.idempotent && c.attempts > 1) c.resource ??= new AsyncResource('selfheal')
      answer = e.fault === undefined ? c.work(c) : e.fault.around(c, c.work)
    } else {
      c.resource ??= new AsyncResource('selfheal')
      answer = c.resource.runInAsyncScope(workInside, undefined, c, frame!)
    }
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

function workInside(c: GuardedCall, frame: Ambient): unknown {
  enterFrame(frame)
  const { fault } = c.engine
  return fault === undefined ? c.work(c) : fault.around(c, c.work)
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
