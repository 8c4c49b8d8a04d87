// The short way of a breaker alone: nothing can end the caller's wait but the work, so that it needs no timer, no promise of its own and no
// exact time.
import type { Ambient, Judgement, RejectedError } from '../core/index.ts'
import { judged } from './answer.ts'
import type { Cell } from './breaker/cell.ts'
import { answered, backInMs, enter, ISOLATED, RAMPING } from './breaker/rule.ts'
import type { How } from './call.ts'
import type { Engine } from './engine.ts'
import { GuardedCall, type Work } from './guarded-call.ts'
import { judgeError, judgeValue } from './judge.ts'
import { REFUSALS, refusal } from './refusal.ts'
import { rejectedSoon } from './reject-soon.ts'

export function runDirect(e: Engine, work: Work, how: How | undefined, frame: Ambient | undefined): Promise<unknown> {
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

/** A breaker alone: its work has come to an end. */
function endedDirect(c: GuardedCall, judgement: Judgement) {
  const { breaker, clock, counts, ticker } = c.engine
  c.phase = 'ended'
  if (judgement.blame === 'none') counts.ok++
  else counts.failed++
  const cell = c.breakerCell!
  if (ticker !== undefined) cell.blockedMs = ticker.blocked()
  answered(cell, breaker!.figures, c, judgement, ticker === undefined ? clock.now() : ticker.now())
  if (cell.moved !== undefined) breaker!.tell(cell)
}

export function breakerRefusal(c: GuardedCall, cell: Cell, pass: number, now: number): RejectedError {
  const breaker = c.engine.breaker!
  const kind = pass === ISOLATED ? REFUSALS.isolated : pass === RAMPING ? REFUSALS.ramping : REFUSALS.open
  const retryAfterMs = pass === ISOLATED ? undefined : backInMs(cell, breaker.figures, now)
  breaker.refused++
  return refusal(kind, c.engine.name, c.stateKey, retryAfterMs, c.deadline - now)
}
