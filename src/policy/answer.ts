// How attempts end: by a value, an error, a cut, a refusal. Each gate hears the judgement once, and slots come back when the work has stopped.
// A failure goes on to again.ts.
import type { Judgement, RejectedError } from '../core/index.ts'
import { afterFailure, settle } from './again.ts'
import { begin } from './attempt.ts'
import { answered } from './breaker/rule.ts'
import { channels } from './channels.ts'
import type { GuardedCall } from './guarded-call.ts'
import { FAILED, GIVEN_UP, GOOD, judgeError, judgeValue, REFUSED } from './judge.ts'
import { leave, quit } from './limit/rule.ts'
import { unlink } from './outer-signal.ts'
import { lateRefusal, REFUSALS, refusal } from './refusal.ts'
import { rejectSoon } from './reject-soon.ts'
import type { Answer } from './retry.ts'

export function succeeded(c: GuardedCall, value: unknown) {
  if (c.phase !== 'running') return workEnded(c)
  const { engine: e } = c
  const judgement = e.judge === undefined ? judgeValue(value) : judged(c, { value })
  const good = judgement.blame === 'none'
  // Of a call that is well, the time to a few milliseconds is enough.
  const now = good && e.ticker !== undefined ? e.ticker.now() : e.clock.now()
  c.phase = 'ended'
  answer(c, judgement, now)
  if (e.limit?.adaptive !== undefined) learn(c)
  release(c, now)
  if (good) {
    e.counts.ok++
    if (e.took !== undefined) tellTook(e.took, now - c.startedAt)
    c.resolve(value)
  } else afterFailure(c, judgement, { value }, now)
}

function tellTook(took: (ms: number) => void, ms: number) {
  try {
    // The coarse clock may lag behind the start.
    took(Math.max(0, ms))
  } catch {
    // A listener is no part of the call.
  }
}

export function failed(c: GuardedCall, error: unknown) {
  if (c.phase !== 'running') return workEnded(c)
  const judgement = c.engine.judge === undefined ? judgeError(error) : judged(c, { error })
  const now = c.engine.clock.now()
  c.phase = 'ended'
  answer(c, judgement, now)
  if (c.engine.limit?.adaptive !== undefined && judgement.blame === 'them' && judgement.ran !== 'no') learn(c)
  release(c, now)
  afterFailure(c, judgement, { error }, now)
}

/** Ends the caller's wait while the work runs on: it hears of it by its signal, and keeps its slot until it stops. */
export function cutAttempt(c: GuardedCall, error: Error, judgement: Judgement, now: number) {
  if (c.phase !== 'running') return
  c.phase = 'cut'
  c.cutBy = error
  answer(c, judgement, now)
  const { limit } = c.engine
  if (limit !== undefined && c.limitCell !== undefined) {
    if (limit.adaptive !== undefined && judgement.blame === 'them') limit.learn(c.limitCell, now - c.startedAt, true, now)
    c.leaseEnds = now + limit.figures.leaseMs
    c.limitCell.stragglers.add(c)
  }
  if (channels.cut.hasSubscribers)
    channels.cut.publish({
      guard: c.engine.name,
      key: c.key,
      code: (error as { code?: unknown }).code,
      afterMs: now - c.startedAt,
    })
  c.controller?.abort(error)
  afterFailure(c, judgement, { error }, now)
}

/** The work of a cut attempt has stopped. */
function workEnded(c: GuardedCall) {
  if (c.phase !== 'cut') return
  c.phase = 'ended'
  c.limitCell?.stragglers.delete(c)
  release(c, c.engine.clock.now())
}

/** The lease of work that was given up is over: its slot is another's. */
export function expired(c: GuardedCall) {
  c.phase = 'ended'
  release(c, c.engine.clock.now())
}

/** Refused by one of our own gates, or given up before its turn: the gates it passed hear that it did not run. */
export function refuseAttempt(c: GuardedCall, error: RejectedError, now: number, judgement: Judgement = REFUSED) {
  const { phase } = c
  c.phase = 'ended'
  answer(c, judgement, now)
  if (c.limitCell !== undefined) {
    if (c.queued) {
      quit(c.limitCell, c)
      c.engine.limit!.queueMoved(c.limitCell)
    } else if (phase === 'granted') release(c, now)
  }
  const last = c.tries?.at(-1)
  if (last === undefined) return refuseRun(c, error)
  if (error.policy === 'abort') return settle(c, { error: givenUp(c, error.cause) }, 'aborted')
  const stopped = error.policy === 'breaker' ? 'breaker' : 'refused'
  settle(c, last.answer, stopped)
}

/** Nothing of it ran. */
export function refuseRun(c: GuardedCall, error: RejectedError) {
  c.engine.counts.refused++
  if (channels.refused.hasSubscribers) channels.refused.publish({ guard: c.engine.name, key: c.key, code: error.code, error })
  rejectSoon(c, error)
}

/** Its time in the wheel has come. */
export function rang(c: GuardedCall, now: number) {
  const { engine: e, phase } = c
  if (phase === 'running') {
    e.counts.timeouts++
    const late = now >= c.deadline
    const error = late
      ? lateRefusal(REFUSALS.deadline, e.name, c.key, 0, wholeMs(c))
      : lateRefusal(REFUSALS.timeout, e.name, c.key, c.deadline - now, e.timeoutMs)
    cutAttempt(c, error, late && tooHurried(c, now) ? GIVEN_UP : FAILED, now)
  } else if (c.queued) refuseAttempt(c, refusal(REFUSALS.tooLate, e.name, c.key, undefined, 0), now)
  else if (phase === 'waiting') c.resource!.runInAsyncScope(begin, undefined, c, now)
}

/** From its beginning to its deadline; not known of a later try, whose caller had less. */
function wholeMs(c: GuardedCall): number | undefined {
  if (!c.hurried) return c.engine.deadlineMs
  return c.attempt === 1 ? c.deadline - c.startedAt : undefined
}

/** The caller had less time than the guard would have given: its haste says nothing about them, unless it was slow by any measure. */
function tooHurried(c: GuardedCall, now: number): boolean {
  const { timeoutMs, breaker } = c.engine
  return c.hurried && now - c.startedAt < Math.min(timeoutMs, breaker?.figures.slowMs ?? 0)
}

/** Its caller's signal was aborted. */
export function abandoned(c: GuardedCall, cause: unknown) {
  const { engine: e } = c
  const now = e.clock.now()
  e.counts.aborted++
  if (c.phase === 'running') cutAttempt(c, refusal(REFUSALS.aborted, e.name, c.key, undefined, undefined, cause), GIVEN_UP, now)
  else if (c.phase === 'waiting' || c.phase === 'granted')
    refuseAttempt(c, refusal(REFUSALS.abortedEarly, e.name, c.key, undefined, undefined, cause), now, {
      ran: 'no',
      blame: 'caller',
    })
}

/** Between two tries: one of those before may have run. */
function givenUp(c: GuardedCall, cause: unknown): RejectedError {
  const ran = c.tries!.some(({ judgement }) => judgement.ran !== 'no')
  return refusal(ran ? REFUSALS.aborted : REFUSALS.abortedEarly, c.engine.name, c.key, undefined, undefined, cause)
}

/** The wait is over: the breaker hears what came of it. */
function answer(c: GuardedCall, judgement: Judgement, now: number) {
  const { breaker, wheel, ticker } = c.engine
  wheel.remove(c)
  if (c.hub !== undefined) unlink(c)
  const cell = c.breakerCell
  if (cell === undefined || breaker === undefined) return
  if (ticker !== undefined) cell.blockedMs = ticker.blocked()
  answered(cell, breaker.figures, c, judgement, now)
  if (cell.moved !== undefined) breaker.tell(cell)
}

function learn(c: GuardedCall) {
  if (c.limitCell === undefined) return
  const now = c.engine.clock.now()
  c.engine.limit!.learn(c.limitCell, now - c.startedAt, false, now)
}

function release(c: GuardedCall, now: number) {
  const cell = c.limitCell
  if (cell === undefined) return
  c.limitCell = undefined
  leave(cell, c.engine.limit!.figures, now)
}

export function judged(c: GuardedCall, answer: Answer): Judgement {
  try {
    return c.engine.judge!(answer)
  } catch {
    // A judge that fails must not turn an answer into another.
    return 'error' in answer ? FAILED : GOOD
  }
}
