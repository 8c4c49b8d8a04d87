// One query on a connection, to its real end. When its caller is cut, the statement is cancelled on the server; the connection is given on
// only when it is ready again and the cancel has been taken, else it is destroyed.
import type { Call } from '../../policy/index.ts'
import type { Flights } from '../flights.ts'
import { cancelRequest } from './cancel.ts'
import type { Connections } from './connections.ts'
import type { PgCallback, PgClient } from './driver.ts'

/** From the cut until the connection must be ready again. */
const END_MS = 1_000

export interface Querying {
  readonly connections: Connections
  readonly flights: Flights
  readonly config: () => object
}

/** `done(error, result, usable)`: the statement has ended; `usable` false: the connection was destroyed. */
export function runOn(
  { connections, flights, config }: Querying,
  client: PgClient,
  call: Call,
  args: readonly unknown[],
  done: (error: Error | undefined, result: unknown, usable: boolean) => void,
): void {
  let cancelling: Promise<void> | undefined
  let over = false
  let deadline: NodeJS.Timeout | undefined
  const destroy = () => client.connection.stream.destroy()
  const cancel = () => {
    if (over || cancelling !== undefined) return
    cancelling = cancelRequest(connections.Client, config(), client, END_MS)
    deadline = setTimeout(destroy, END_MS)
  }
  const flight = flights.begin(call, cancel)
  const finish = (error: Error | undefined, result: unknown, usable: boolean) => {
    clearTimeout(deadline)
    done(error, result, usable)
  }
  const callback: PgCallback = (error, result) => {
    flights.end(flight)
    if (over) return
    over = true
    if (!error && cancelling === undefined) return done(undefined, result, true)
    // Its own client-side timeout answered, while the server is still at it.
    if (error?.message === 'Query read timeout') {
      over = false
      cancel()
      over = true
    }
    const ended = Promise.all([error ? readyAgain(client, error, destroy) : true, cancelling])
    ended.then(([usable]) => finish(error ?? undefined, result, usable))
  }
  try {
    client.query(...args, callback)
  } catch (error) {
    flights.end(flight)
    over = true
    done(error as Error, undefined, true)
  }
}

/** After an error: true when the connection says it is ready, false when it is gone or does not say so in time. */
function readyAgain(
  client: PgClient,
  error: Error & { code?: string; severity?: string },
  destroy: () => void,
): Promise<boolean> {
  if (error.severity === 'FATAL' || error.severity === 'PANIC' || !client.connection.stream.writable) {
    destroy()
    return Promise.resolve(false)
  }
  return new Promise(resolve => {
    const timer = setTimeout(() => {
      destroy()
      settle(false)
    }, END_MS)
    const drain = () => settle(true)
    const end = () => settle(false)
    const settle = (usable: boolean) => {
      clearTimeout(timer)
      client.removeListener('drain', drain)
      client.removeListener('end', end)
      resolve(usable)
    }
    client.once('drain', drain)
    client.once('end', end)
  })
}
