// One query on a connection, to its real end: when its caller is cut, it is killed on the server, and the connection is used again only when
// it has answered and the KILL has been taken, else it is destroyed.
import type { Call } from '../../policy/index.ts'
import { Flight, type Flights } from '../flights.ts'
import type { MysqlConnection, MysqlCorePool } from './driver.ts'
import { onFreshConnection } from './fresh.ts'

const END_MS = 1_000

/** `ended(error, values, usable)`: values are rows and fields. */
export function runOn(
  core: MysqlCorePool,
  flights: Flights,
  connection: MysqlConnection,
  call: Call,
  method: 'query' | 'execute',
  args: readonly unknown[],
  ended: (error: Error | undefined, values: readonly unknown[], usable: boolean) => void,
): void {
  let killing: Promise<unknown> | undefined
  let late: NodeJS.Timeout | undefined
  const cut = () => {
    if (killing !== undefined || connection.threadId === null) return
    late = setTimeout(() => connection.stream.destroy(), END_MS)
    killing = onFreshConnection(core, END_MS, ask => ask(`kill query ${Number(connection.threadId)}`)).catch(() =>
      connection.stream.destroy(),
    )
  }
  const flight = Object.assign(new Flight(call), { cut })
  flights.begin(flight)
  const callback = (error: (Error & { fatal?: boolean }) | null, ...values: unknown[]) => {
    flights.end(flight)
    const finish = () => {
      clearTimeout(late)
      ended(error ?? undefined, values, error?.fatal !== true)
    }
    if (killing === undefined) finish()
    else killing.then(finish)
  }
  try {
    connection[method](...args, callback)
  } catch (error) {
    flights.end(flight)
    ended(error as Error, [], true)
  }
}
