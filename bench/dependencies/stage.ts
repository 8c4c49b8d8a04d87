// What a fault of bench:dependencies is played on: a real server with the table the arms ask, and one who looks on, over a connection
// that no arm knows.
import { setTimeout as wait } from 'node:timers/promises'
import type pg from 'pg'
import { testPostgres } from '../../test/postgres.ts'
import type { Driver, Target } from './plan.ts'

export interface Stage {
  readonly target: Target
  /** Connections by application_name; undefined while the server can't be asked. */
  backends?(): Promise<ReadonlyMap<string, number> | undefined>
  begin(): Promise<void>
  end(): Promise<void>
  close(): Promise<void>
}
export interface Fault {
  readonly name: string
  readonly driver: Driver
  /** For the page: what is done. */
  readonly says: string
  /** Over as soon as it can be. */
  readonly brief?: true
  /** `names`: makes the name service of the apps hang, or answer. */
  stage(names: (hang: boolean) => void): Promise<Stage>
}

export const ROWS = 4_000
export const APP = { user: 'app', password: 'before', database: 'postgres' }
const SEEN = (delayS: number) =>
  delayS === 0
    ? 'create or replace view stock_seen as select id, n from stock'
    : `create or replace view stock_seen as select stock.id, stock.n from stock, (select pg_sleep(${delayS})) as waits`

/** A PostgreSQL with its look-out. What an arm holds on it is counted by application_name: its probes have another. */
export async function postgresStage(most = 100) {
  const server = await testPostgres({ max_connections: most })
  let admin: pg.Client | undefined = await server.observer()
  for (const sql of [
    "create role app login password 'before'",
    'create table stock (id int primary key, n int not null)',
    `insert into stock select id, 10 from generate_series(0, ${ROWS}) as id`,
    SEEN(0),
    'grant select, update on stock, stock_seen to app',
    'analyze stock',
  ])
    await admin.query(sql)
  let asking = false
  const anew = async () => {
    await admin?.end().catch(() => {})
    admin = await server.observer()
  }
  return {
    server,
    target: { host: '127.0.0.1', port: server.port, ...APP } as Target,
    ask: async (sql: string) => (await admin!.query(sql)).rows,
    /** As from another server, or when this one was away. */
    anew,
    slow: (delayS: number) => admin!.query(SEEN(delayS)),
    /** How many it was. */
    killSessions: async () =>
      (await admin!.query("select pg_terminate_backend(pid) from pg_stat_activity where usename = 'app'")).rows.length,
    async backends() {
      if (asking || admin === undefined) return
      asking = true
      const look = "select application_name as name, count(*)::int as n from pg_stat_activity where usename = 'app' group by 1"
      const found = await Promise.race([admin.query(look), wait(200)]).catch(() => undefined)
      asking = false
      if (found === undefined || typeof found !== 'object') return
      return new Map(found.rows.map(({ name, n }) => [name as string, n as number]))
    },
    async close() {
      await Promise.race([admin?.end().catch(() => {}), wait(500)])
      await server.end()
    },
  }
}
export type PostgresStage = Awaited<ReturnType<typeof postgresStage>>
