// What a request gets that was sent and is ended by us.
import { formatMs, RejectedError } from '../core/index.ts'

const RETRY_AFTER_MS = 2_000

export const downError = (name: string, sent: boolean) =>
  new RejectedError(`${name} is down: its connections were ended so that it can recover`, {
    code: 'SELFHEAL_DEPENDENCY_DOWN',
    policy: 'dependency',
    key: name,
    ran: sent ? 'maybe' : 'no',
    retryAfterMs: RETRY_AFTER_MS,
    hint: sent ? LOOK : 'Nothing was done. It comes back by itself: try again after retryAfterMs',
  })
export const lateError = (name: string, afterMs: number) =>
  new RejectedError(`${name} did not answer within ${formatMs(afterMs)}; the call may still have had its effect`, {
    code: 'SELFHEAL_DEADLINE_EXCEEDED',
    policy: 'deadline',
    key: name,
    ran: 'maybe',
    hint: `${LOOK}; a request that may take longer needs a timeout of its own`,
  })
const LOOK = 'Look whether it was done before you do it again'
