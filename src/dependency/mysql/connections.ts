// A tap on a mysql2 pool that stays: no wait for a connection is endless, nothing new is opened while it is closed, each connection has its
// ceilings, and what a drop leaves running on the server is known by thread and port.
import type { MysqlConnection, MysqlCorePool } from './driver.ts'

export interface Waiter {
  given(connection: MysqlConnection): void
  refused(error: Error): void
}
export interface Leftover {
  readonly id: number
  readonly port: number
  /** performance.now() */
  readonly openedAt: number
}
export interface MysqlLevels {
  readonly statementMs: number
  readonly lockMs: number
  readonly connectMs: number
}
export interface MysqlConnections {
  connect(waiter: Waiter): void
  refuseAll(error: () => Error): void
  all(): readonly MysqlConnection[]
  leftoverOf(connection: MysqlConnection): Leftover | undefined
  admit(share: number, refusal: () => Error): void
  readonly size: number
}

export function mysqlConnections(core: MysqlCorePool, levels: MysqlLevels, heard: (why: string) => void): MysqlConnections {
  const waiting = new Set<Waiter>()
  const size = core.config.connectionLimit || 10
  const bare = core.getConnection.bind(core)
  let refusal: (() => Error) | undefined
  core.config.connectionConfig['connectTimeout'] = Math.min(
    Number(core.config.connectionConfig['connectTimeout'] ?? 10_000),
    levels.connectMs,
  )

  const opened = new WeakMap<MysqlConnection, number>()
  const take = (connection: MysqlConnection) => {
    opened.set(connection, performance.now())
    connection.on('error', () => heard('a connection was closed'))
    connection.query(ceilings(connection, levels), () => {})
  }
  const all = () => Array.from({ length: core._allConnections.length }, (_, i) => core._allConnections.get(i))
  // Those of before too (an app migrates first); one that is being made will be told of.
  for (const connection of all()) if (connection.threadId != null) take(connection)
  core.on('connection', take)
  const connect = (waiter: Waiter): void => {
    if (refusal !== undefined) {
      queueMicrotask(() => waiter.refused(refusal?.() ?? new Error('closed for a moment')))
      return
    }
    waiting.add(waiter)
    const late = setTimeout(() => {
      if (waiting.delete(waiter)) waiter.refused(new Error(`no connection was free within ${levels.connectMs} ms`))
    }, levels.connectMs)
    bare((error, connection) => {
      clearTimeout(late)
      // Given up meanwhile: what came late is given back, or ended when it is not wanted any more.
      if (!waiting.delete(waiter)) {
        if (refusal === undefined) connection?.release()
        else connection?.stream.destroy()
        return
      }
      if (error) waiter.refused(error)
      else waiter.given(connection!)
    })
  }
  // The pool's own query() and execute() come by here too.
  core.getConnection = callback => connect({ given: connection => callback(null, connection), refused: error => callback(error) })

  return Object.freeze({
    connect,
    size,
    refuseAll(error: () => Error) {
      const all = [...waiting]
      waiting.clear()
      for (const waiter of all) waiter.refused(error())
    },
    all,
    leftoverOf(connection: MysqlConnection) {
      const { threadId, stream } = connection
      const openedAt = opened.get(connection)
      return threadId === null || openedAt === undefined ? undefined : { id: threadId, port: stream.localPort ?? 0, openedAt }
    },
    admit(share: number, why: () => Error) {
      refusal = share <= 0 ? why : undefined
      core.config.connectionLimit = Math.max(1, Math.round(size * Math.min(1, share)))
    },
  })
}

export function ceilings(connection: MysqlConnection, { statementMs, lockMs }: MysqlLevels): string {
  const version = String((connection as { _handshakePacket?: { serverVersion?: unknown } })._handshakePacket?.serverVersion ?? '')
  const lock = `session innodb_lock_wait_timeout = ${Math.max(1, Math.round(lockMs / 1_000))}`
  return /mariadb/i.test(version)
    ? `set session max_statement_time = ${statementMs / 1_000}, ${lock}, session idle_transaction_timeout = 30`
    : `set session max_execution_time = ${statementMs}, ${lock}`
}
