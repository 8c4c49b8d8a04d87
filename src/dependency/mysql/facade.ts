// What the app calls instead of its mysql2 pool: query and execute under the guard, getConnection with queries under timeouts; with
// callbacks or promises, as the pool it was given.
import type { Call, How, Policy } from '../../policy/index.ts'
import type { FacadeMore } from '../adapter.ts'
import type { Flights } from '../flights.ts'
import { isSafeRead } from '../safe-read.ts'
import { surfaceOf } from '../surface.ts'
import type { MysqlConnections } from './connections.ts'
import type { MysqlConnection, MysqlCorePool } from './driver.ts'
import { saysReadOnly } from './judge.ts'
import { runOn } from './query.ts'

interface World {
  readonly core: MysqlCorePool
  readonly connections: MysqlConnections
  readonly flights: Flights
  readonly run: Policy['run']
  readonly more: FacadeMore
}
const READ: How = Object.freeze({ idempotent: true })
const WRITE: How = Object.freeze({ idempotent: false })
/** Its connection was let in; half of a transaction is not refused because the database is just coming back. */
const STEP: How = Object.freeze({ ...WRITE, priority: 'critical' })
type Method = 'query' | 'execute'

export function mysqlFacade<P extends object>(pool: P, world: World): P {
  const { core, connections, flights, run, more } = world
  const promises = (pool as object) !== core
  const raw = pool as unknown as Record<string, (...args: unknown[]) => unknown>
  const told = (error: Error) => {
    if (saysReadOnly(error)) more.doubt('a write was refused')
    return error
  }
  const on = (
    connection: MysqlConnection,
    method: Method,
    args: readonly unknown[],
    call: Call,
    after: (usable: boolean) => void,
  ) =>
    new Promise<readonly unknown[]>((resolve, reject) =>
      runOn(core, flights, connection, call, method, args, (error, values, usable) => {
        after(usable)
        error === undefined ? resolve(values) : reject(told(error))
      }),
    )
  const once = (method: Method, args: readonly unknown[]) => (call: Call) =>
    new Promise<readonly unknown[]>((resolve, reject) =>
      connections.connect({
        refused: reject,
        given: connection => {
          const back = (usable: boolean) => (usable ? connection.release() : connection.destroy())
          if (call.remaining() <= 0) {
            back(true)
            reject(new Error('its time was over before there was a connection for it'))
          } else on(connection, method, args, call, back).then(resolve, reject)
        },
      }),
    )
  const asked = (
    args: readonly unknown[],
    plain: (...args: unknown[]) => unknown,
    work: (args: readonly unknown[]) => Promise<readonly unknown[]>,
    promised = promises,
  ): unknown => {
    const last = args[args.length - 1]
    if (promised) return work(args)
    // With no callback it is a stream of rows: the driver's own business.
    if (typeof last !== 'function') return plain(...args)
    work(args.slice(0, -1)).then(
      values => process.nextTick(last as (...a: unknown[]) => void, null, ...values),
      error => process.nextTick(last as (...a: unknown[]) => void, error),
    )
    return undefined
  }
  const howOf = (args: readonly unknown[]): How => {
    const sql = typeof args[0] === 'string' ? args[0] : (args[0] as { sql?: unknown } | null)?.sql
    // MySQL's escapes and comments are others than the reader knows.
    return typeof sql === 'string' && !/[\\#]/.test(sql) && isSafeRead(sql) ? READ : WRITE
  }
  const pooled =
    (method: Method) =>
    (...args: unknown[]) =>
      asked(args, raw[method]!.bind(pool), rest => run(once(method, rest), howOf(rest)))

  const held = (
    given: object,
    connection: MysqlConnection,
    promised = promises,
    use: { running?: Promise<unknown> } = {},
  ): object => {
    const own = given as unknown as Record<string, (...args: unknown[]) => unknown>
    const step =
      (method: Method) =>
      (...args: unknown[]) =>
        asked(
          args,
          own[method]!.bind(given),
          rest =>
            more.runHeld(call => {
              const mine = on(connection, method, rest, call, usable => {
                if (!usable) connection.destroy()
              })
              use.running = mine
              return mine
            }, STEP),
          promised,
        )
    const release = () => {
      // What still runs is not handed to the next one.
      const back = () => own['release']!.call(given)
      if (use.running === undefined) back()
      else use.running.then(back, back)
    }
    const query = step('query')
    const says =
      (sql: string) =>
      (...args: unknown[]) =>
        query(sql, ...args)
    return surfaceOf(given, {
      ...{ query, execute: step('execute'), release },
      ...{ beginTransaction: says('START TRANSACTION'), commit: says('COMMIT'), rollback: says('ROLLBACK') },
      // TypeORM asks by this.
      ...(promised
        ? {}
        : { promise: (...args: unknown[]) => held(own['promise']!.apply(given, args) as object, connection, true, use) }),
    })
  }
  const acquire = (call: Call) =>
    new Promise<MysqlConnection>((resolve, reject) =>
      connections.connect({
        refused: reject,
        given(connection) {
          if (!call.signal.aborted) return resolve(connection)
          connection.release()
          reject(call.signal.reason)
        },
      }),
    )
  return surfaceOf(pool, {
    query: pooled('query'),
    execute: pooled('execute'),
    getConnection(callback?: (error: Error | null, connection?: object) => void) {
      const got = run(acquire, READ).then(connection => {
        if (!promises) return held(connection, connection)
        return held((connection as unknown as { promise(): object }).promise(), connection)
      })
      if (promises) return got
      got.then(
        connection => process.nextTick(callback!, null, connection),
        error => process.nextTick(callback!, error),
      )
      return undefined
    },
    end(...args: unknown[]) {
      more.ended()
      return raw['end']!.apply(pool, args)
    },
    // The same pool with promises: under the same guard.
    ...(promises ? {} : { promise: (...args: unknown[]) => mysqlFacade(raw['promise']!.apply(pool, args) as object, world) }),
  })
}
