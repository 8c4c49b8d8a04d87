// Levels that are out of step, brought into step: lock < statement < attempt, connect within the deadline, idle-in-transaction above
// statement. What is in step stays. Pure.
import type { Around } from '../adapter.ts'
import type { Levels } from './options.ts'

/** Of an attempt, for its statement: 5 s of 5.5. Of a statement, for a lock: 2 s of 5. Of a deadline, to be connected: 3 s of 10. */
const STATEMENT = 10 / 11
const LOCK = 2 / 5
const CONNECT = 3 / 10
const IDLE = 6

export function inStep(levels: Levels, { attemptMs, deadlineMs }: Around): Levels {
  const share = (ms: number, of: number) => Math.max(1, Math.floor(ms * of))
  const statementMs = levels.statementMs < attemptMs ? levels.statementMs : share(attemptMs, STATEMENT)
  return Object.freeze({
    ...levels,
    statementMs,
    lockMs: levels.lockMs < statementMs ? levels.lockMs : share(statementMs, LOCK),
    connectMs: levels.connectMs < deadlineMs ? levels.connectMs : share(deadlineMs, CONNECT),
    idleInTransactionMs: levels.idleInTransactionMs > statementMs ? levels.idleInTransactionMs : statementMs * IDLE,
  })
}
