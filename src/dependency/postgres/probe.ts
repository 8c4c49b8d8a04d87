// Is it there, and does it take writes? On a connection of its own, made anew each time (a new look at DNS, password and server). The write
// is a real one that touches no table: a record in the write-ahead log, committed.
import type { Json } from '../../core/index.ts'
import type { PgClient, PgClientClass } from './driver.ts'

const WRITABLE = `select case when pg_is_in_recovery() or current_setting('transaction_read_only') = 'on' then 'readonly'
  else (select 'up' from (select pg_logical_emit_message(true, 'selfheal', 'probe')) as written) end as found`
/** Where that function is not there or not allowed. */
const PLAIN = `select case when pg_is_in_recovery() or current_setting('transaction_read_only') = 'on' then 'readonly'
  else (select 'up' from (select txid_current()) as written) end as found`
const NOT_ALLOWED = /^(42883|42501|0A000)$/

type Ask = (sql: string, values?: readonly unknown[]) => Promise<readonly Record<string, unknown>[]>

/** Runs `work` on a fresh connection that is gone afterwards, also when `withinMs` is over. */
export async function onFreshConnection<T>(
  Client: PgClientClass,
  config: object,
  name: string,
  withinMs: number,
  work: (query: Ask, client: PgClient) => Promise<T>,
): Promise<T> {
  const client = new Client(config)
  client.connectionParameters['application_name'] = name
  let late = false
  const timer = setTimeout(() => {
    late = true
    client.connection.stream.destroy()
  }, withinMs)
  client.on('error', () => {})
  try {
    await new Promise<void>((resolve, reject) => client.connect(error => (error ? reject(error) : resolve())))
    return await work((sql, values) => ask(client, sql, values), client)
  } catch (error) {
    throw late ? new Error(`no answer within ${Math.round(withinMs)} ms`, { cause: error }) : error
  } finally {
    clearTimeout(timer)
    if (late) client.connection.stream.destroy()
    else client.end(() => {})
  }
}

function ask(client: PgClient, sql: string, values: readonly unknown[] = []): Promise<readonly Record<string, unknown>[]> {
  return new Promise((resolve, reject) =>
    client.query(sql, values, (error: Error | null, result: { rows: Record<string, unknown>[] }) =>
      error ? reject(error) : resolve(result.rows),
    ),
  )
}

export function probePostgres(Client: PgClientClass, config: object, withinMs: number): Promise<'up' | 'readonly'> {
  return onFreshConnection(Client, config, 'selfheal probe', withinMs, async query => {
    const rows = await query(WRITABLE).catch(error => {
      if (NOT_ALLOWED.test((error as { code?: string }).code ?? '')) return query(PLAIN)
      throw error
    })
    return rows[0]?.['found'] === 'readonly' ? 'readonly' : 'up'
  })
}

/** All its settings, in its own words, as a session of ours has them. */
export function inspectPostgres(Client: PgClientClass, config: object, withinMs: number): Promise<Json> {
  return onFreshConnection(Client, config, 'selfheal probe', withinMs, async (query, client) => {
    const rows = await query(
      "select name, setting || case unit when 'ms' then 'ms' when 's' then 's' else '' end as setting from pg_settings",
    )
    const pid = await query('select pg_backend_pid() as pid')
    const settings = Object.fromEntries(rows.map(row => [String(row['name']), String(row['setting'])]))
    return { kind: 'postgres', settings, pooled: pid[0]?.['pid'] !== client.processID }
  })
}
