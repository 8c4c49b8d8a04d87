// The levels of one connection as doctor reads them: what is in force, and where it comes from.
import type { Setting } from '../../core/index.ts'
import type { PgPoolOptions } from './driver.ts'
import type { Levels } from './options.ts'

export function settingsOf(levels: Levels, pool: PgPoolOptions): readonly Setting[] {
  const set = (level: string, name: string, valueMs: number | null, from: string): Setting => ({ level, name, valueMs, from })
  return [
    set('connect', 'connectionTimeoutMillis', levels.connectMs, 'postgres()'),
    set('acquire', 'connectionTimeoutMillis', levels.connectMs, 'postgres()'),
    set('lock', 'lock_timeout', levels.lockMs, 'set once per connection'),
    set('statement', 'statement_timeout', levels.statementMs, 'set once per connection'),
    set('idle-in-transaction', 'idle_in_transaction_session_timeout', levels.idleInTransactionMs, 'set once per connection'),
    set('client-check', 'client_connection_check_interval', levels.clientCheckMs, 'set once per connection'),
    set('tcp', 'tcp_user_timeout', levels.tcpUserMs, 'set once per connection'),
    set('tcp', 'keepAliveInitialDelayMillis', pool.keepAlive ? (pool.keepAliveInitialDelayMillis ?? 0) : null, 'the pool'),
    set('query', 'query_timeout', pool.query_timeout ?? null, 'the pool'),
    set('pool-idle', 'idleTimeoutMillis', pool.idleTimeoutMillis ?? null, 'the pool'),
  ]
}
