// What changes tables and not rows (a migration's CREATE INDEX) takes as long as it takes: without the connection's ceilings, which it has again
// afterwards, and without a deadline. Only where that was asked for: under `auto`, for an app that never agreed to any.
import type { Call } from '../../policy/index.ts'
import type { Flights } from '../flights.ts'
import type { PgClient } from './driver.ts'
import { type Querying, runOn } from './query.ts'

const DEFINES =
  /^(?:\s|--[^\n]*\n|\/\*[\s\S]*?\*\/)*(?:create|alter|drop|truncate|vacuum|analyze|reindex|cluster|refresh|comment|lock)\b/i

/** Text of one or more statements, of which the first is one. */
export const isDefinition = (sql: string | undefined) => sql !== undefined && DEFINES.test(sql)

const FOREVER: Call = Object.freeze({
  key: 'postgres',
  attempt: 1,
  idempotent: false,
  priority: 'critical' as const,
  deadline: Number.POSITIVE_INFINITY,
  remaining: () => Number.POSITIVE_INFINITY,
  signal: new AbortController().signal,
})
/** Nobody is worried by how long they are under way. */
const UNWATCHED: Flights = { begin() {}, end() {}, late: () => 0 }

const CEILINGS = ['statement_timeout', 'lock_timeout']
const LOOK = `select ${CEILINGS.map(name => `current_setting('${name}') as ${name}`).join(', ')}`
const SET = `select ${CEILINGS.map((name, i) => `set_config('${name}', $${i + 1}, false)`).join(', ')}`

/** The same connection for all of it. Its `usable`, when it fails, is what runOn says. */
export async function runDefinition(
  querying: Querying,
  client: PgClient,
  args: readonly unknown[],
  ended: (error: Error | undefined, result: unknown, usable: boolean) => void,
): Promise<void> {
  // Behind a pooler no ceiling was set, and none must be: it would be another client's.
  const own = querying.connections.of(client)?.session?.pooled === false
  const before = own ? await asked(client, LOOK).catch(() => undefined) : undefined
  // In a transaction that has failed already neither is possible, nor needed.
  if (before !== undefined) await asked(client, SET, ['0', '0']).catch(() => {})
  runOn({ ...querying, flights: UNWATCHED }, client, FOREVER, args, async (error, result, usable) => {
    // A transaction that is rolled back has them again by itself.
    if (before !== undefined && usable)
      await asked(
        client,
        SET,
        CEILINGS.map(name => before[name]),
      ).catch(() => {})
    ended(error, result, usable)
  })
}

function asked(client: PgClient, sql: string, values?: readonly unknown[]): Promise<Record<string, unknown> | undefined> {
  return new Promise((resolve, reject) =>
    client.query(sql, values, (error: Error | null, result: { rows: Record<string, unknown>[] }) =>
      error ? reject(error) : resolve(result.rows[0]),
    ),
  )
}

/** As a guard's run, without the guard. */
export const unguarded = (work: (call: Call) => unknown): Promise<unknown> => Promise.resolve(work(FOREVER))
