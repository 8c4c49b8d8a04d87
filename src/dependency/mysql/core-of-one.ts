// As a mysql2 pool has it: where fresh connections come from (probes, KILLs), for connections that are of no pool.

import type { MysqlConnection, MysqlCorePool } from './driver.ts'
import type { MysqlConfig } from './later-socket.ts'

export type MysqlConnectionClass = new (options: { config: object }) => MysqlConnection

/** A copy that can be changed. */
export const copyOf = <C extends object>(config: C): C =>
  Object.create(Object.getPrototypeOf(config), Object.getOwnPropertyDescriptors(config))

export function coreOfOne(Connection: MysqlConnectionClass, config: MysqlConfig): MysqlCorePool {
  class One {
    readonly config: object
    readonly _allConnections: { length: number; get(): MysqlConnection }
    constructor(options: { config: { connectionConfig: object } }) {
      this.config = options.config
      let made: MysqlConnection | undefined
      this._allConnections = { length: 0, get: () => made! }
      this.getConnection = callback => {
        const one = new Connection({ config: options.config.connectionConfig })
        made = one
        this._allConnections.length = 1
        one.on('connect', () => callback(null, one))
        one.on('error', (error: Error) => callback(error))
      }
    }
    getConnection: (callback: (error: Error | null, connection?: MysqlConnection) => void) => void
  }
  return new One({ config: { connectionConfig: config } }) as unknown as MysqlCorePool
}
