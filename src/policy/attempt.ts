// Starts one attempt of a call, through the gates in their fixed order, and waits in the limit's queue where it must.
import { AsyncResource } from 'node:async_hooks'
import { type Ambient, enterFrame } from '../core/index.ts'
import { failed, refuseAttempt, succeeded } from './answer.ts'
import { begun, enter } from './breaker/rule.ts'
import { breakerRefusal } from './direct.ts'
import { LEAST_MS } from './engine.ts'
import type { GuardedCall } from './guarded-call.ts'
import { enterLimit, FULL, PASS } from './limit/rule.ts'
import { REFUSALS, refusal } from './refusal.ts'

const RESOLVED = Promise.resolve()

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
    const frame = e.ambient ? frameOf(c, end) : c.frame
    if (frame === c.frame) {
      if (e.ambient && c.idempotent && c.attempts > 1) c.resource ??= new AsyncResource('selfheal')
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
