// What this room refuses, by code.
import { RejectedError } from '../core/index.ts'

/** The dependency is down: its connections were ended, and nothing new is opened but the probe. */
export function droppedError(retryAfterMs: number, name: string): RejectedError {
  return new RejectedError(`${name} is down: its connections were ended so that it can recover`, {
    code: 'SELFHEAL_DEPENDENCY_DOWN',
    policy: 'dependency',
    key: name,
    ran: 'no',
    retryAfterMs,
    hint: 'It is probed every second and comes back by itself. Try again after retryAfterMs.',
  })
}

/** The one connection of a client was lost before this was sent; or inside the transaction that this belongs to. */
export function connectionLostError(key = 'postgres'): RejectedError {
  return new RejectedError('the connection was lost before this was sent', {
    code: 'SELFHEAL_CONNECTION_LOST',
    policy: 'dependency',
    key,
    ran: 'no',
    hint: 'The client connects again by itself. A transaction that was open is lost: roll back, and run it from its beginning.',
  })
}
