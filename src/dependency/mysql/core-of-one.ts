// As a mysql2 pool has it: where fresh connections come from (probes, KILLs), for connections that are of no pool.

import type { MysqlConnection, MysqlCorePool } from './driver.ts'
import { copyOf } from './later-socket.ts'

export type MysqlConnectionClass = new (options: { config: object }) => MysqlConnection

export function coreOfOne(Connection: MysqlConnectionClass, config: object): MysqlCorePool {
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
  return new One({ config: { connectionConfig: copyOf(config) } }) as unknown as MysqlCorePool
}
