// What of mysql2 is used, as shapes: mysql2 itself is the app's, and never imported.

export interface MysqlConnection {
  readonly threadId: number | null
  readonly stream: { readonly localPort?: number; destroy(): void }
  query(...args: unknown[]): unknown
  execute(...args: unknown[]): unknown
  release(): void
  destroy(): void
  on(event: string, fn: (...args: never[]) => void): unknown
}
export interface MysqlQueue {
  readonly length: number
  get(index: number): MysqlConnection
}
export interface MysqlCorePool {
  readonly config: { connectionLimit: number; readonly connectionConfig: Record<string, unknown> }
  readonly _allConnections: MysqlQueue
  readonly _connectionQueue: { readonly length: number }
  getConnection(callback: (error: Error | null, connection?: MysqlConnection) => void): void
  end(callback?: (error?: Error) => void): void
  on(event: string, fn: (...args: never[]) => void): unknown
}
export type MysqlPoolClass = new (options: { config: object }) => MysqlCorePool

/** Of mysql2's pools, with callbacks or promises: enough to know one. */
export interface MysqlPoolLike {
  query(...args: never[]): unknown
  execute(...args: never[]): unknown
  getConnection(...args: never[]): unknown
}
/** A promise pool has its core inside. */
export function coreOf(pool: object): MysqlCorePool {
  return ((pool as { pool?: MysqlCorePool }).pool ?? pool) as MysqlCorePool
}
