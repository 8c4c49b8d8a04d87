// The ledger as three tables in the app's own PostgreSQL: for several machines, and for an intent that is made in the app's own
// transaction. Goes by the database's clock: machines differ. One statement a step, so that it works through any pooler.
import { type Clock, type Json, onceMade, systemClock } from '../core/index.ts'
import type { Intent } from './intent.ts'
import { type Kept, type Ledger, rowOf } from './ledger.ts'

/** A pg Pool or Client, or what a guard makes of one. */
export interface Queryable {
  query(text: string, values?: unknown[]): Promise<{ readonly rows: readonly unknown[]; readonly rowCount: number | null }>
}

export interface PostgresLedgerOptions {
  readonly pool: Queryable
  /** Must be a plain name. Default 'selfheal'. */
  readonly schema?: string
  readonly clock?: Clock
}

const tables = (s: string) => `
  CREATE SCHEMA IF NOT EXISTS ${s};
  CREATE TABLE IF NOT EXISTS ${s}.intent (failover text NOT NULL, key text NOT NULL, version integer NOT NULL, state text NOT NULL, due double precision,
    twice boolean NOT NULL, made double precision NOT NULL, decided double precision, record jsonb NOT NULL, PRIMARY KEY (failover, key));
  CREATE INDEX IF NOT EXISTS intent_due ON ${s}.intent (failover, due) WHERE due IS NOT NULL;
  CREATE INDEX IF NOT EXISTS intent_open ON ${s}.intent (failover, state, made) WHERE state IN ('open', 'pending', 'unresolved');
  CREATE INDEX IF NOT EXISTS intent_twice ON ${s}.intent (failover) WHERE twice;
  CREATE INDEX IF NOT EXISTS intent_decided ON ${s}.intent (failover, decided) WHERE decided IS NOT NULL;
  CREATE TABLE IF NOT EXISTS ${s}.provider_key (failover text NOT NULL, provider_key text NOT NULL, key text NOT NULL, PRIMARY KEY (failover, provider_key));
  CREATE TABLE IF NOT EXISTS ${s}.note (failover text NOT NULL, name text NOT NULL, value jsonb NOT NULL, PRIMARY KEY (failover, name));`
/** Any number: whoever makes the tables at the same time waits. */
const MAKING = 7_302_881

export interface PostgresLedger extends Ledger {
  /** Writes as `write` does, by the app's own client, inside its own transaction: there if, and only if, that is committed. */
  writeBy(client: Queryable, intent: Intent, version: number): Promise<boolean>
}

export function postgresLedger({ pool, schema = 'selfheal', clock = systemClock }: PostgresLedgerOptions): PostgresLedger {
  if (!/^[a-z_][a-z0-9_]{0,62}$/.test(schema)) throw new TypeError(`schema: '${schema}' must be a plain lower-case name`)
  const s = schema
  let aheadMs = 0

  const ready = onceMade(make)
  async function make() {
    const { rows } = await pool.query(`SELECT to_regclass('${s}.note') IS NOT NULL AS there`)
    // Several statements in one query are one transaction, which frees the lock.
    if (!(rows[0] as { there: boolean }).there) await pool.query(`SELECT pg_advisory_xact_lock(${MAKING});${tables(s)}`)
    await readClock()
  }
  async function readClock() {
    const sent = clock.wall()
    const { rows } = await pool.query('SELECT extract(epoch from clock_timestamp())::float8 * 1000 AS now')
    aheadMs = Number((rows[0] as { now: number }).now) - (sent + clock.wall()) / 2
  }
  const ask = async (text: string, values: unknown[]) => {
    await ready()
    return (await pool.query(text, values)).rows as readonly Record<string, unknown>[]
  }
  const keptOf = (row: Record<string, unknown> | undefined): Kept | undefined =>
    row === undefined ? undefined : { intent: row['record'] as Intent, version: Number(row['version']) }

  async function writeBy(client: Queryable, intent: Intent, version: number, provable = false): Promise<boolean> {
    const row = rowOf(intent)
    const values = [
      intent.failover,
      intent.key,
      row.state,
      row.due,
      row.twice === 1,
      row.made,
      intent.decidedAt ?? null,
      JSON.stringify(intent),
    ]
    const insert = `INSERT INTO ${s}.intent (failover, key, version, state, due, twice, made, decided, record)
      VALUES ($1, $2, 1, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING RETURNING key`
    const update = `UPDATE ${s}.intent SET version = version + 1, state = $3, due = $4, twice = $5, made = $6, decided = $7, record = $8
      WHERE failover = $1 AND key = $2 AND version = $9 RETURNING key`
    // Of this statement's own transaction: the server's log is written a moment later.
    const soon = provable ? ", set_config('synchronous_commit', 'off', true)" : ''
    const given = [...values, ...(version === 0 ? [] : [version])]
    const change = version === 0 ? insert : update
    const keys = `INSERT INTO ${s}.provider_key (failover, provider_key, key) SELECT $1, $${given.length + 1}, key FROM done ON CONFLICT DO NOTHING`
    const done =
      row.keys.length === 0
        ? await client.query(`${change}${soon}`, given)
        : await client.query(`WITH done AS (${change}), keys AS (${keys}) SELECT key${soon} FROM done`, [...given, ...row.keys])
    return done.rows.length === 1
  }

  return Object.freeze({
    kind: 'postgres',
    wall: () => clock.wall() + aheadMs,
    async read(failover, key) {
      return keptOf((await ask(`SELECT record, version FROM ${s}.intent WHERE failover = $1 AND key = $2`, [failover, key]))[0])
    },
    async find(failover, providerKey) {
      const text = `SELECT record, version FROM ${s}.intent i JOIN ${s}.provider_key k USING (failover, key) WHERE failover = $1 AND provider_key = $2`
      return keptOf((await ask(text, [failover, providerKey]))[0])
    },
    async write(intent, version, { provable } = {}) {
      await ready()
      return writeBy(pool, intent, version, provable)
    },
    async writeBy(client, intent, version) {
      await ready()
      return writeBy(client, intent, version)
    },
    async work(failover, now, limit) {
      await ready()
      await readClock()
      const due = await ask(`SELECT record, version FROM ${s}.intent WHERE failover = $1 AND due <= $2 ORDER BY due LIMIT $3`, [
        failover,
        now,
        limit,
      ])
      const [counts] = await ask(
        `SELECT count(*) FILTER (WHERE state = 'open') AS open, count(*) FILTER (WHERE state = 'pending') AS pending,
           count(*) FILTER (WHERE state = 'unresolved') AS unresolved, min(made) FILTER (WHERE state <> 'unresolved') AS oldest,
           (SELECT count(*) FROM ${s}.intent WHERE failover = $1 AND twice) AS twice
         FROM ${s}.intent WHERE failover = $1 AND state IN ('open', 'pending', 'unresolved')`,
        [failover],
      )
      const n = (name: string) => Number(counts![name])
      const oldest = counts!['oldest'] === null ? {} : { oldest: n('oldest') }
      return {
        due: due.map(row => keptOf(row)!),
        counts: { open: n('open'), pending: n('pending'), unresolved: n('unresolved'), twice: n('twice'), ...oldest },
      }
    },
    async list(failover, { state, limit = 100 } = {}) {
      const where = state === undefined ? '' : state === 'twice' ? 'AND twice' : 'AND state = $3'
      const rows = await ask(`SELECT record FROM ${s}.intent WHERE failover = $1 ${where} ORDER BY made DESC LIMIT $2`, [
        failover,
        limit,
        ...(where.includes('$3') ? [state] : []),
      ])
      return rows.map(row => row['record'] as Intent)
    },
    async note(failover, name) {
      return (await ask(`SELECT value FROM ${s}.note WHERE failover = $1 AND name = $2`, [failover, name]))[0]?.['value'] as
        | Json
        | undefined
    },
    async setNote(failover, name, value) {
      const text = `INSERT INTO ${s}.note (failover, name, value) VALUES ($1, $2, $3) ON CONFLICT (failover, name) DO UPDATE SET value = excluded.value`
      await ask(text, [failover, name, JSON.stringify(value)])
    },
    async prune(failover, before) {
      const text = `WITH gone AS (DELETE FROM ${s}.intent WHERE failover = $1 AND decided < $2 AND due IS NULL AND NOT twice RETURNING key),
        keys AS (DELETE FROM ${s}.provider_key k USING gone WHERE k.failover = $1 AND k.key = gone.key) SELECT count(*) AS n FROM gone`
      return Number((await ask(text, [failover, before]))[0]!['n'])
    },
  } satisfies PostgresLedger)
}
