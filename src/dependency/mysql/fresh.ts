// Connections outside of the pool: to probe, to cancel, to end what is left. Made from the pool's own class and settings.
import type { MysqlConnection, MysqlCorePool, MysqlPoolClass } from './driver.ts'

export type Ask = (sql: string, values?: readonly unknown[]) => Promise<readonly Record<string, unknown>[]>

/** Runs `work` on a fresh connection that is gone afterwards, also when `withinMs` is over. */
export async function onFreshConnection<T>(core: MysqlCorePool, withinMs: number, work: (ask: Ask) => Promise<T>): Promise<T> {
  const { connectionConfig } = core.config
  const own = Object.create(Object.getPrototypeOf(connectionConfig), Object.getOwnPropertyDescriptors(connectionConfig))
  Object.assign(own, { connectTimeout: withinMs })
  const Pool = core.constructor as MysqlPoolClass
  const one = new Pool({
    config: { connectionConfig: own, connectionLimit: 1, maxIdle: 1, waitForConnections: true, queueLimit: 0 },
  })
  const end = () => {
    for (let i = 0; i < one._allConnections.length; i++) one._allConnections.get(i).stream.destroy()
  }
  let late = false
  const timer = setTimeout(() => {
    late = true
    end()
  }, withinMs)
  try {
    const connection = await new Promise<MysqlConnection>((resolve, reject) =>
      one.getConnection((error, connection) => (error ? reject(error) : resolve(connection!))),
    )
    connection.on('error', () => {})
    return await work(
      (sql, values = []) =>
        new Promise((resolve, reject) =>
          connection.query(sql, values, (error: Error | null, rows: Record<string, unknown>[]) =>
            error ? reject(error) : resolve(rows),
          ),
        ),
    )
  } catch (error) {
    throw late ? new Error(`no answer within ${Math.round(withinMs)} ms`, { cause: error }) : error
  } finally {
    clearTimeout(timer)
    end()
  }
}
