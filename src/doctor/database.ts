// Reads what a PostgreSQL really has configured: SHOW ALL, as its own words, and what stands between us and it. By the app's own pg, which
// is handed in: doctor brings no driver.
import type { DatabaseFacts } from './facts.ts'

export interface AskingClient {
  connect(): Promise<unknown>
  query(sql: string): Promise<{ readonly rows: readonly Record<string, string>[] }>
  end(): Promise<unknown>
  readonly processID?: number | null
}

export async function readPostgres(client: AskingClient, name: string): Promise<DatabaseFacts> {
  await client.connect()
  try {
    const { rows } = await client.query('show all')
    const settings = Object.fromEntries(rows.map(row => [row['name']!, row['setting'] ?? '']))
    const { rows: who } = await client.query('select pg_backend_pid() as pid')
    return {
      name,
      kind: 'postgres',
      settings,
      maxConnections: Number(settings['max_connections'] ?? 100),
      reserved: Number(settings['superuser_reserved_connections'] ?? 3) + Number(settings['reserved_connections'] ?? 0),
      pooled: client.processID !== undefined && Number(who[0]?.['pid']) !== client.processID,
    }
  } finally {
    await client.end().catch(() => {})
  }
}
