// What a library on top of a Redis client hears of a refusal. BullMQ and its like ask an error's text whether the connection is at fault: then
// they wait and do it again; else the job that was done is written down as failed, or asked for again in the same turn, for ever.
import { setImmediate as nextTurn } from 'node:timers/promises'
import { isRejected } from '../../core/index.ts'

const NOT_RUN = ' (for what stands on top of the client: as ECONNREFUSED)'
const MAYBE = ' (for what stands on top of the client: as a connection that was lost, not ECONNREFUSED)'

/** The same error; ours says in its text that it is of the connection. */
export function ofTheConnection<E>(error: E): E {
  if (isRejected(error) && !error.message.includes('ECONNREFUSED')) error.message += error.ran === 'no' ? NOT_RUN : MAYBE
  return error
}

/** Rejects with it. A refusal comes a turn of the event loop later: who asks again at once does not stop everything else. */
export async function refused(error: unknown): Promise<never> {
  if (isRejected(error)) await nextTurn()
  throw ofTheConnection(error)
}
