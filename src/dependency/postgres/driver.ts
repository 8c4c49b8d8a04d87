// What of pg is used, as shapes: pg itself is the app's, and never imported. Everything named here is in pg 8.11 and later.

export interface PgConnection {
  readonly stream: { readonly writable: boolean; destroy(error?: Error): unknown }
  connect(port: number, host?: string): void
  requestSsl(): void
  cancel(processId: number, secretKey: unknown): void
  end(): void
  on(event: string, fn: (...args: never[]) => void): unknown
}
export type PgCallback = (error: (Error & { code?: string }) | null | undefined, result?: unknown) => void
export interface PgClient {
  readonly host?: string
  readonly port: number
  readonly ssl: unknown
  readonly sslNegotiation?: string
  readonly processID: number | null
  readonly secretKey: unknown
  /** false while a statement runs. */
  readonly readyForQuery?: boolean
  readonly connection: PgConnection
  readonly connectionParameters: Record<string, unknown>
  connect(callback: (error?: Error | null) => void): void
  query(...args: unknown[]): unknown
  end(callback?: () => void): unknown
  on(event: string, fn: (...args: never[]) => void): this
  once(event: string, fn: (...args: never[]) => void): this
  removeListener(event: string, fn: (...args: never[]) => void): this
  release?(error?: unknown): void
}
export type PgClientClass = new (config: object) => PgClient
export interface PgPoolOptions {
  max: number
  connectionTimeoutMillis?: number
  statement_timeout?: number | false
  lock_timeout?: number | false
  idle_in_transaction_session_timeout?: number | false
  query_timeout?: number
  idleTimeoutMillis?: number | null
  keepAlive?: boolean
  keepAliveInitialDelayMillis?: number
  application_name?: string
  maxUses?: number
  password?: unknown
  verify?: (client: PgClient, done: (error?: Error) => void) => void
}
export type PgConnect = (
  callback: (error: Error | undefined, client: PgClient | undefined, release: (error?: unknown) => void) => void,
) => unknown
export interface PgPool {
  options: PgPoolOptions
  Client: PgClientClass
  connect: PgConnect
  query(...args: unknown[]): unknown
  end(...args: unknown[]): unknown
  on(event: string, fn: (...args: never[]) => void): this
  readonly totalCount: number
  readonly idleCount: number
  readonly waitingCount: number
  readonly ending?: boolean
  emit(event: string, ...args: unknown[]): boolean
  listenerCount(event: string): number
}

/** Of pg.Pool, what its published types name: enough to know one. */
export interface PoolLike {
  readonly totalCount: number
  readonly idleCount: number
  readonly waitingCount: number
  options: object
}
/** Of pg.Client. */
export interface ClientLike {
  readonly host?: string | undefined
  readonly port: number
  readonly connection: object
}

/** The pool's settings as a config for a connection outside of it (its password does not enumerate). */
export function configOf(pool: PgPool): object {
  return { ...pool.options, password: pool.options.password }
}
