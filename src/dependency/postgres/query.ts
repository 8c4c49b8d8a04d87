// One query on a connection, to its real end. When its caller is cut, the statement is cancelled on the server; the connection is given on
// only when it is ready again and the cancel has been taken, else it is destroyed. This is the hot path: one object a query.
import type { Call } from '../../policy/index.ts'
import { Flight, type Flights } from '../flights.ts'
import { cancelRequest } from './cancel.ts'
import type { Connections } from './connections.ts'
import type { PgClient } from './driver.ts'

/** From the cut until the connection must be ready again. */
const END_MS = 1_000

export interface Querying {
  readonly connections: Connections
  readonly flights: Flights
  readonly config: () => object
  /** Does what changes tables take as long as it takes? */
  readonly definitions: 'bounded' | 'free'
}
/** `usable` false: the connection was destroyed. */
export type Ended = (error: Error | undefined, result: unknown, usable: boolean) => void

/** Runs it; `ended` is told when the statement has ended, and the connection is ready for another or gone. */
export function runOn(q: Querying, client: PgClient, call: Call, args: readonly unknown[], ended: Ended): void {
  const running = new Running(q, client, call, ended)
  q.flights.begin(running)
  const callback = (error: (Error & { severity?: string }) | null | undefined, result?: unknown) =>
    answered(running, error ?? undefined, result)
  try {
    if (args.length === 1) client.query(args[0], undefined, callback)
    else client.query(args[0], args[1], callback)
  } catch (error) {
    q.flights.end(running)
    running.over = true
    ended(error as Error, undefined, true)
  }
}

class Running extends Flight {
  readonly q: Querying
  readonly client: PgClient
  readonly ended: Ended
  cancelling: Promise<void> | undefined = undefined
  late: NodeJS.Timeout | undefined = undefined
  over = false

  constructor(q: Querying, client: PgClient, call: Call, ended: Ended) {
    super(call)
    this.q = q
    this.client = client
    this.ended = ended
  }

  override cut(): void {
    const { q, client } = this
    if (this.over || this.cancelling !== undefined) return
    this.cancelling = cancelRequest(q.connections.Client, q.config(), client, END_MS)
    this.late = setTimeout(() => client.connection.stream.destroy(), END_MS)
  }
}

function answered(running: Running, error: (Error & { severity?: string }) | undefined, result: unknown): void {
  running.q.flights.end(running)
  if (running.over) return
  if (error === undefined && running.cancelling === undefined) {
    running.over = true
    running.ended(undefined, result, true)
    return
  }
  // Its own client-side timeout answered, while the server is still at it.
  if (error?.message === 'Query read timeout') running.cut()
  running.over = true
  const ready = error === undefined ? true : readyAgain(running.client, error)
  Promise.all([ready, running.cancelling]).then(([usable]) => {
    clearTimeout(running.late)
    running.ended(error, result, usable)
  })
}

/** After an error: true when the connection says it is ready, false when it is gone or does not say so in time. */
function readyAgain(client: PgClient, error: Error & { severity?: string }): Promise<boolean> {
  const { stream } = client.connection
  if (error.severity === 'FATAL' || error.severity === 'PANIC' || !stream.writable) {
    stream.destroy()
    return Promise.resolve(false)
  }
  return new Promise(resolve => {
    const timer = setTimeout(() => {
      stream.destroy()
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
