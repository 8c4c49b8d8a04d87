// The probes of the scorecard that need a real PostgreSQL: does a timeout, an abort, a deadline or a kill reach the server, and is the pool well
// after it? Everybody's queries go over a pg.Pool of its own.
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import type { TestPostgres } from '../../test/postgres.ts'
import type { Contender, Database } from './contenders.ts'
import type { Probe } from './probes.ts'

const LONG = 'select pg_sleep(5)'
const quiet = (promise: Promise<unknown>) => promise.catch((error: unknown) => error)

export function databaseProbes(server: TestPostgres): readonly Probe[] {
  /** Statements of this app that run on the server. */
  const running = async (app: string) => {
    const observer = await server.observer()
    const { rows } = await observer.query(
      "select count(*)::int as n from pg_stat_activity where application_name = $1 and state = 'active'",
      [app],
    )
    await observer.end()
    return rows[0].n as number
  }
  const ends = async (app: string, withinMs: number) => {
    for (const until = performance.now() + withinMs; performance.now() < until; await sleep(50))
      if ((await running(app)) === 0) return true
    return false
  }
  let n = 0
  const over = async (c: Contender, max: number, timeoutMs: number, probe: (db: Database, app: string) => Promise<boolean>) => {
    const app = `${c.name}-${++n}`
    const pool = new pg.Pool({ ...server.config, application_name: app, max })
    // A connection that was ended is its pool's to replace.
    pool.on('error', () => {})
    try {
      return await probe(c.database(pool, timeoutMs), app)
    } finally {
      const observer = await server.observer()
      await observer.query('select pg_terminate_backend(pid) from pg_stat_activity where application_name = $1', [app])
      await observer.end()
      await Promise.race([pool.end(), sleep(1_000)])
    }
  }
  return [
    {
      says: 'PostgreSQL: a timeout of 100 ms ends a statement of 5 s on the server',
      run: c =>
        over(c, 2, 100, async (db, app) => {
          await quiet(db.query(LONG))
          return ends(app, 1_500)
        }),
    },
    {
      says: 'PostgreSQL: the caller’s abort ends the statement on the server',
      run: c =>
        c.name === 'opossum'
          ? Promise.resolve(undefined)
          : over(c, 2, 10_000, async (db, app) => {
              const caller = new AbortController()
              const query = quiet(db.query(LONG, caller.signal))
              for (const until = performance.now() + 5_000; (await running(app)) === 0 && performance.now() < until; )
                await sleep(20)
              caller.abort()
              await query
              return ends(app, 1_500)
            }),
    },
    {
      says: 'PostgreSQL: ten queries that time out on a pool of 2 leave it free for the next',
      run: c =>
        over(c, 2, 100, async db => {
          await Promise.all(Array.from({ length: 10 }, () => quiet(db.query(LONG))))
          for (const until = performance.now() + 3_000; performance.now() < until; await sleep(50)) {
            const answer = (await quiet(db.query('select 1 as one'))) as { readonly rows?: unknown[] } | undefined
            if (answer?.rows?.length === 1) return true
          }
          return false
        }),
    },
    {
      says: 'PostgreSQL: kill -9 of the app leaves no statement running',
      async run(c) {
        const app = `${c.name}-${++n}`
        const child = fork(join(import.meta.dirname, 'orphan.ts'), [c.name, JSON.stringify(server.config), app], {
          stdio: 'ignore',
        })
        for (const until = performance.now() + 20_000; (await running(app)) === 0; await sleep(50))
          if (performance.now() > until) throw new Error(`${c.name}: its query does not begin`)
        const gone = once(child, 'exit')
        child.kill('SIGKILL')
        await gone
        return ends(app, 3_000)
      },
    },
    {
      says: 'PostgreSQL: a request that has 300 ms in all ends its statement then',
      run: c =>
        over(c, 2, 10_000, async (db, app) => {
          await quiet(db.within(300, LONG))
          return ends(app, 1_500)
        }),
    },
  ]
}
