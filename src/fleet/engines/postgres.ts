// PostgreSQL as the engine: the database the app already has. One statement a question, so that it works through any pooler; no session
// locks, no LISTEN. Signs of life are in a table without a log: no fsync, lost at a crash of the server, there again a beat later.
import { type Json, onceMade } from '../../core/index.ts'
import type { Beat, Engine, NodeRow, Seen, Written } from '../engine.ts'
import { fencedError } from '../errors.ts'
import { fewAtATime } from './few.ts'

/**
 * A pg Pool. With `connectionTimeoutMillis` set, a server that hangs holds nothing of it; without, two connections at most, until it answers.
 */
export interface PostgresPool {
  query(config: {
    readonly text: string
    readonly values: unknown[]
    readonly query_timeout: number
  }): Promise<{ readonly rows: readonly unknown[] }>
}
/** The app's own client, in its own transaction. */
export interface PostgresClient {
  query(text: string, values: unknown[]): Promise<{ readonly rows: readonly unknown[] }>
}
export interface PostgresEngineOptions {
  /** Must be a plain name. Default 'selfheal'. */
  readonly schema?: string
}
export interface PostgresEngine extends Engine {
  /**
   * In the transaction that writes: passes when no higher token was seen here, and keeps any lower one out from then on. Rejects with
   * SELFHEAL_FLEET_FENCED: roll back, another machine has it.
   */
  fence(client: PostgresClient, fleet: string, name: string, token: number): Promise<void>
}

const tables = (s: string) => `
  CREATE SCHEMA IF NOT EXISTS ${s};
  CREATE UNLOGGED TABLE IF NOT EXISTS ${s}.fleet_node (fleet text NOT NULL, node text NOT NULL, info jsonb NOT NULL, sick boolean NOT NULL,
    hints text[] NOT NULL, seen timestamptz NOT NULL, until timestamptz NOT NULL, forgotten timestamptz NOT NULL, PRIMARY KEY (fleet, node)) WITH (fillfactor = 50);
  CREATE TABLE IF NOT EXISTS ${s}.fleet_document (fleet text NOT NULL, key text NOT NULL, version bigint NOT NULL, value jsonb NOT NULL,
    PRIMARY KEY (fleet, key)) WITH (fillfactor = 50);
  CREATE TABLE IF NOT EXISTS ${s}.fleet_fence (fleet text NOT NULL, name text NOT NULL, token bigint NOT NULL, PRIMARY KEY (fleet, name));`
/** Any number: whoever makes the tables at the same time waits. */
const MAKING = 7_302_882
const MS = `* interval '1 millisecond'`
const EPOCH = 'extract(epoch FROM now)::float8 * 1000 AS now'
/** Of all beats, one in so many also forgets who is long gone. */
const SWEEPS = 200

export function postgres(pool: PostgresPool, { schema: s = 'selfheal' }: PostgresEngineOptions = {}): PostgresEngine {
  if (!/^[a-z_][a-z0-9_]{0,62}$/.test(s)) throw new TypeError(`schema: '${s}' must be a plain lower-case name`)
  const few = fewAtATime('PostgreSQL', 2)
  const query = async (text: string, values: unknown[], withinMs: number) =>
    (await few(() => pool.query({ text, values, query_timeout: withinMs }))).rows as readonly Record<string, unknown>[]
  let withinFirstMs = 0
  const ready = onceMade(async () => {
    const [row] = await query(`SELECT to_regclass('${s}.fleet_fence') IS NOT NULL AS there`, [], withinFirstMs)
    // Several statements in one query are one transaction, which frees the lock.
    if (row?.['there'] !== true) await query(`SELECT pg_advisory_xact_lock(${MAKING});${tables(s)}`, [], 10 * withinFirstMs)
  })
  const ask = async (text: string, values: unknown[], withinMs: number) => {
    withinFirstMs = withinMs
    await ready()
    return query(text, values, withinMs)
  }

  const BEAT = `
    WITH clock AS MATERIALIZED (SELECT clock_timestamp() AS now),
    mine AS (INSERT INTO ${s}.fleet_node (fleet, node, info, sick, hints, seen, until, forgotten)
      SELECT $1, $2, $3::jsonb, $4, $5::text[], now, now + $6 ${MS}, now + $7 ${MS} FROM clock
      ON CONFLICT (fleet, node) DO UPDATE SET info = excluded.info, sick = excluded.sick, hints = excluded.hints, seen = excluded.seen,
        until = excluded.until, forgotten = excluded.forgotten)
    SELECT ${EPOCH}, alive, sick, lost, hints,
      (SELECT jsonb_object_agg(key, jsonb_build_object('version', version, 'value', value)) FROM ${s}.fleet_document
        WHERE fleet = $1 AND version IS DISTINCT FROM ($8::jsonb ->> key)::bigint) AS changed
    FROM clock, LATERAL (SELECT count(*) FILTER (WHERE until > now) AS alive, count(*) FILTER (WHERE until > now AND sick) AS sick,
      count(*) FILTER (WHERE until <= now) AS lost, jsonb_agg(hints) FILTER (WHERE until > now AND hints <> '{}') AS hints
      FROM ${s}.fleet_node WHERE fleet = $1 AND node <> $2 AND forgotten > now) AS others`
  const write = (change: string) => `
    WITH clock AS MATERIALIZED (SELECT clock_timestamp() AS now), done AS (${change})
    SELECT ${EPOCH}, done.version AS done, before.version, before.value FROM clock LEFT JOIN done ON true
      LEFT JOIN ${s}.fleet_document before ON before.fleet = $1 AND before.key = $2`
  const INSERT = write(
    `INSERT INTO ${s}.fleet_document VALUES ($1, $2, 1 + $4::bigint, $3::jsonb) ON CONFLICT DO NOTHING RETURNING version`,
  )
  const UPDATE = write(
    `UPDATE ${s}.fleet_document SET version = version + 1, value = $3::jsonb WHERE fleet = $1 AND key = $2 AND version = $4 RETURNING version`,
  )
  let beats = 0

  return Object.freeze({
    kind: 'postgres',
    async beat({ fleet, node, info, sick, hints, ttlMs, forgetMs, known }: Beat, withinMs: number): Promise<Seen> {
      const values = [fleet, node, JSON.stringify(info), sick, hints, ttlMs, ttlMs + forgetMs, JSON.stringify(known)]
      const [row] = await ask(BEAT, values, withinMs)
      if (beats++ % SWEEPS === 0)
        // Who is not there any more when someone else sweeps too is skipped, not waited for.
        query(
          `DELETE FROM ${s}.fleet_node WHERE (fleet, node) IN (SELECT fleet, node FROM ${s}.fleet_node WHERE fleet = $1 AND
            forgotten < clock_timestamp() FOR UPDATE SKIP LOCKED)`,
          [fleet],
          withinMs,
        ).catch(() => {})
      const told: Record<string, number> = {}
      for (const hint of [hints, ...((row!['hints'] ?? []) as string[][])].flat()) told[hint] = (told[hint] ?? 0) + 1
      const count = (name: string) => Number(row![name])
      return {
        now: count('now'),
        nodes: { alive: count('alive') + 1, sick: count('sick') + (sick ? 1 : 0), lost: count('lost') },
        hints: told,
        changed: (row!['changed'] ?? {}) as Seen['changed'],
      }
    },
    async write(fleet: string, key: string, value: Json, version: number, withinMs: number): Promise<Written> {
      const [row] = await ask(version === 0 ? INSERT : UPDATE, [fleet, key, JSON.stringify(value), version], withinMs)
      const done = row!['done'] !== null
      const before = { version: Number(row!['version'] ?? 0), value: (row!['value'] ?? null) as Json }
      return { done, now: Number(row!['now']), stored: done ? { version: version + 1, value } : before }
    },
    async nodes(fleet: string, withinMs: number): Promise<readonly NodeRow[]> {
      const text = `SELECT node, info, sick, extract(epoch FROM clock_timestamp() - seen)::float8 * 1000 AS age, until <= clock_timestamp() AS lost
        FROM ${s}.fleet_node WHERE fleet = $1 AND forgotten > clock_timestamp() ORDER BY node`
      return (await ask(text, [fleet], withinMs)).map(row => ({
        node: String(row['node']),
        info: row['info'] as Json,
        sick: row['sick'] === true,
        ageMs: Number(row['age']),
        lost: row['lost'] === true,
      }))
    },
    async leave(fleet: string, node: string, withinMs: number) {
      await ask(`DELETE FROM ${s}.fleet_node WHERE fleet = $1 AND node = $2`, [fleet, node], withinMs)
    },
    async fence(client: PostgresClient, fleet: string, name: string, token: number) {
      const text = `INSERT INTO ${s}.fleet_fence AS f VALUES ($1, $2, $3) ON CONFLICT (fleet, name) DO UPDATE SET token = excluded.token
        WHERE f.token <= excluded.token RETURNING f.token`
      if ((await client.query(text, [fleet, name, token])).rows.length === 0) throw fencedError(name, token)
    },
  })
}
