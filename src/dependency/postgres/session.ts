// What a new connection is told, once: the ceilings of its levels, where the role or database has none of its own. And what it tells: who
// it is on the server, so that what a drop leaves behind can be ended later, and nothing of anybody else's.
// Behind a pooler (its process id is not the server's) nothing is set: in transaction mode a SET would leak to other clients.
import type { PgClient } from './driver.ts'
import type { Levels } from './options.ts'

export interface Session {
  /** Seconds since 1970: with the process id it is this connection and no other. */
  readonly startedAt: string
  readonly pooled: boolean
}

const CEILINGS: readonly (readonly [string, keyof Levels])[] = [
  ['statement_timeout', 'statementMs'],
  ['lock_timeout', 'lockMs'],
  ['idle_in_transaction_session_timeout', 'idleInTransactionMs'],
  ['client_connection_check_interval', 'clientCheckMs'],
  ['tcp_user_timeout', 'tcpUserMs'],
]

/** current_setting(…, true) is null where the server is too old to know it. */
const SQL = `select pg_backend_pid() as pid,
  (select extract(epoch from backend_start)::text from pg_stat_activity where pid = pg_backend_pid()) as "startedAt",
  ${CEILINGS.map(
    ([name], i) =>
      `case when pg_backend_pid() = $1 and current_setting('${name}', true) in ('0', '0ms') then set_config('${name}', $${i + 2}, false) end`,
  ).join(',\n  ')},
  case when pg_backend_pid() = $1 and $${CEILINGS.length + 2}::bool then set_config('default_transaction_read_only', 'on', false) end`

/** Resolves with what it is; undefined where the server does not understand (it only speaks PostgreSQL's protocol). Rejects: it broke. */
export function openSession(client: PgClient, levels: Levels, readOnly = false): Promise<Session | undefined> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => client.connection.stream.destroy(), levels.connectMs)
    const values = [client.processID, ...CEILINGS.map(([, level]) => String(levels[level])), String(readOnly)]
    client.query(SQL, values, (error: (Error & { code?: string }) | null, result: { rows: Row[] }) => {
      clearTimeout(timer)
      if (!error) resolve({ startedAt: result.rows[0]!.startedAt, pooled: result.rows[0]!.pid !== client.processID })
      else if (/^(0A|22|42|25)/.test(error.code ?? '')) resolve(undefined)
      else reject(error)
    })
  })
}

interface Row {
  readonly pid: number
  readonly startedAt: string
}
