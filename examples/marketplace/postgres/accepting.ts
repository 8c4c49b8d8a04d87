// Waits until the server really answers a query, and sees that the marketplace's database is there.
import { setTimeout as wait } from 'node:timers/promises'
import pg from 'pg'
import { DATABASE, databaseUrl } from './place.ts'
import { DatabaseError } from './trouble.ts'

const WRONG_PASSWORD = '28P01'
const EXISTS_ALREADY = '42P04'

/** Resolves when it accepts; ends quietly, with false, when `signal` aborts. */
export async function accepting(port: number, signal: AbortSignal): Promise<boolean> {
  while (!signal.aborted) {
    const client = new pg.Client({
      connectionString: databaseUrl(port, 'postgres'),
      connectionTimeoutMillis: 2_000,
      query_timeout: 5_000,
    })
    client.on('error', () => {})
    try {
      await client.connect()
      const { rowCount } = await client.query('select from pg_database where datname = $1', [DATABASE])
      if (rowCount === 0)
        await client.query(`create database ${DATABASE}`).catch(error => {
          if (error.code !== EXISTS_ALREADY) throw error
        })
      return true
    } catch (error) {
      if ((error as { code?: string }).code === WRONG_PASSWORD)
        throw new DatabaseError(
          `Whoever listens on port ${port} refuses our password.`,
          'Delete .data to begin anew, or choose another port: MARKETPLACE_PGPORT=…',
        )
      await wait(30, undefined, { signal }).catch(() => {})
    } finally {
      await client.end().catch(() => {})
    }
  }
  return false
}
