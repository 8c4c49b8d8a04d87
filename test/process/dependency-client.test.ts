// One pg.Client that lasts, on a real PostgreSQL that is stopped (SIGSTOP), directly and through a real PgBouncer in transaction mode: a call
// ends by its deadline, its connection is gone while it is down, and it is back by itself.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import pg from 'pg'
import { dependency, postgresClient } from '../../src/dependency/index.ts'
import { needs } from '../part.ts'
import { testPgBouncer } from '../pgbouncer.ts'
import { type TestPostgres, testPostgres } from '../postgres.ts'
import { backends, outcome, until } from './dependency/kit.ts'

const through = needs('pgbouncer')
let server: TestPostgres
let observer: pg.Client
let bouncer: Awaited<ReturnType<typeof testPgBouncer>> | undefined
before(async () => {
  server = await testPostgres()
  observer = await server.observer()
  if (through.skip === undefined) bouncer = await testPgBouncer(server.port)
})
after(async () => {
  await observer.end()
  await bouncer?.end()
  await server.end()
})

const FAST = { deadline: '1200ms', timeout: '1s', slow: '300ms', breaker: { ramp: '1ms' } } as const
/** Far above any deadline here, far below what a bare client waits: for ever. */
const MOST_MS = 15_000

async function stoppedAndBack(port: number, name: string) {
  const client = dependency(
    postgresClient(() => new pg.Client({ ...server.config, port, application_name: name })),
    { ...FAST, name },
  )
  const open = () => (client.heal.snapshot() as { connections: { open: number } }).connections.open
  assert.equal((await client.query('select 1 as one')).rows[0].one, 1)
  assert.equal(open(), 1)
  server.freeze()
  try {
    const begun = performance.now()
    const cut = (await outcome(client.query('select 2'))) as { code?: string }
    const tookMs = performance.now() - begun
    assert.match(String(cut.code), /^SELFHEAL_(TIMEOUT|DEADLINE_EXCEEDED|DEPENDENCY_DOWN|BREAKER_OPEN|CONNECTION_LOST)$/)
    assert.ok(tookMs < MOST_MS, `answered after ${tookMs} ms`)
    await until('it to be down', () => client.heal.reading().usable === 'none')
    await until('no connection', () => open() === 0)
    const refused = (await outcome(client.query('select 3'))) as { ran?: string }
    assert.equal(refused.ran, 'no', 'refused, and not sent')
    assert.equal(open(), 0, 'and nothing was opened for it')
  } finally {
    server.thaw()
  }
  await until('it to be back', async () => ((await outcome(client.query('select 4 as n'))) as pg.QueryResult).rows?.[0]?.n === 4)
  assert.equal(open(), 1)
  return client
}

test('one client, the server stopped: cut by its deadline, no connection while it is down, one when it is back', async () => {
  const client = await stoppedAndBack(server.port, 'alone')
  await until('one of ours on the server', async () => (await backends(observer, 'alone')).length === 1)
  await client.end()
  await until('none of ours', async () => (await backends(observer, 'alone')).length === 0)
})

test(
  'one client through PgBouncer: the same; a cut ends the statement on the server, and no setting leaks',
  through,
  async () => {
    const client = await stoppedAndBack(bouncer!.port, 'pooled')
    const cut = (await outcome(client.query('select pg_sleep(60)'))) as { code?: string }
    assert.match(String(cut.code), /^SELFHEAL_(TIMEOUT|DEADLINE_EXCEEDED)$/)
    const asleep = "select from pg_stat_activity where query = 'select pg_sleep(60)' and state = 'active'"
    await until('the statement to end', async () => (await observer.query(asleep)).rowCount === 0)
    await until('it to go on', async () => ((await outcome(client.query('select 5 as n'))) as pg.QueryResult).rows?.[0]?.n === 5)
    const other = new pg.Client({ ...server.config, port: bouncer!.port })
    await other.connect()
    assert.equal((await other.query('show statement_timeout')).rows[0].statement_timeout, '0')
    await other.end()
    await client.end()
  },
)
