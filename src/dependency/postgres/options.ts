// The levels of one connection, kept in step: lock < statement < attempt; connect and acquire finite. What the app has set itself stays.
import { ConfigError, type Duration, durationMs, type Fault, withoutPatterns } from '../../core/index.ts'
import type { PgPoolOptions } from './driver.ts'

export interface PostgresOptions {
  /** The server ends a statement after so long, set once per connection. Default: the pool's statement_timeout, else 5 s. */
  readonly statement?: Duration
  /** The server gives up waiting for a lock. Default: the pool's lock_timeout, else 2 s. */
  readonly lock?: Duration
  /** To be connected, and to be given a connection of the pool. Default: the pool's connectionTimeoutMillis, else 3 s. */
  readonly connect?: Duration
  /** A transaction that does nothing is ended. Default: the pool's idle_in_transaction_session_timeout, else 30 s. */
  readonly idleInTransaction?: Duration
  /** How often the server looks whether the client of a running statement is still there. Default 500 ms. */
  readonly clientCheck?: Duration
  /** What changes tables (CREATE, ALTER, VACUUM, …) may take as long as it takes: outside of the guard's deadline and of these levels. Default 'bounded'. */
  readonly definitions?: 'bounded' | 'free'
}

export interface Levels {
  readonly statementMs: number
  readonly lockMs: number
  readonly connectMs: number
  readonly idleInTransactionMs: number
  readonly clientCheckMs: number
  readonly tcpUserMs: number
}

export function levelsOf(options: PostgresOptions, pool: Partial<PgPoolOptions>): Levels {
  // The control arm of a drill.
  if (withoutPatterns().has('timeout')) return NO_LEVELS
  const faults: Fault[] = []
  const ms = (name: Exclude<keyof PostgresOptions, 'definitions'>, pools: unknown, otherwise: number) => {
    const value = options[name] ?? (typeof pools === 'number' && pools > 0 ? pools : otherwise)
    const parsed = durationMs(value)
    if (parsed === undefined || parsed < 1)
      faults.push({ at: name, says: `must be a duration of at least 1 ms, such as '5s', not ${JSON.stringify(value)}` })
    return parsed ?? otherwise
  }
  for (const name of Object.keys(options))
    if (!NAMES.includes(name)) faults.push({ at: name, says: `unknown; known: ${NAMES.join(', ')}` })
  if (options.definitions !== undefined && !['bounded', 'free'].includes(options.definitions))
    faults.push({ at: 'definitions', says: `must be 'bounded' or 'free', not ${JSON.stringify(options.definitions)}` })
  const statementMs = ms('statement', pool.statement_timeout, 5_000)
  const levels = {
    statementMs,
    lockMs: Math.min(ms('lock', pool.lock_timeout, 2_000), statementMs),
    connectMs: ms('connect', pool.connectionTimeoutMillis, 3_000),
    idleInTransactionMs: ms('idleInTransaction', pool.idle_in_transaction_session_timeout, 30_000),
    clientCheckMs: ms('clientCheck', undefined, 500),
    tcpUserMs: 10_000,
  }
  if (faults.length > 0) throw new ConfigError('postgres()', faults)
  return Object.freeze(levels)
}

const HOUR_MS = 3_600_000
const NO_LEVELS: Levels = Object.freeze({
  statementMs: HOUR_MS,
  lockMs: HOUR_MS,
  connectMs: HOUR_MS,
  idleInTransactionMs: HOUR_MS,
  clientCheckMs: HOUR_MS,
  tcpUserMs: HOUR_MS,
})
const NAMES = ['statement', 'lock', 'connect', 'idleInTransaction', 'clientCheck', 'definitions']
