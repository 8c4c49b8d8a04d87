// Clients of pg that somebody else makes, on a real PostgreSQL: each keeps its forms and its one object; a lost one tells its owner, a
// transaction is never finished by halves, one that is asked again or LISTENs for nobody has another connection; none holds up the others.
import assert from 'node:assert/strict'
import { text } from 'node:stream/consumers'
import { after, before, test } from 'node:test'
import pg from 'pg'
import QueryStream from 'pg-query-stream'
import { isRejected, runInFrame } from '../../src/core/index.ts'
import { dependency, postgresClients } from '../../src/dependency/index.ts'
import { type TestPostgres, testPostgres } from '../postgres.ts'
import { backends, outcome, until } from './dependency/kit.ts'

let server: TestPostgres
let observer: pg.Client
before(async () => {
  server = await testPostgres()
  observer = await server.observer()
  await observer.query('create table things (id int primary key)')
})
after(async () => {
  await observer.end()
  await server.end()
})

function family(options: Parameters<typeof dependency>[1] = {}) {
  const make = () => new pg.Client({ ...server.config, application_name: 'app' })
  const db = dependency(postgresClients(make), { name: 'clients', ...options })
  return { db, make, one: () => db.guard(make()) }
}
const codeOf = async (answer: Promise<unknown>) => ((await outcome(answer)) as { code?: string }).code
const killed = () => observer.query("select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'app'")
const pidOf = async (client: pg.Client) => (await client.query('select pg_backend_pid() as pid')).rows[0].pid as number
const none = () => until('none of ours', async () => (await backends(observer)).length === 0)

test('its forms are the driver’s: promises, callbacks, streams, turns, errors, and the object itself', async () => {
  const { db, make } = family()
  const bare = make()
  const client = db.guard(bare)
  assert.equal(client, bare)
  assert.ok(client instanceof pg.Client)
  const early = client.query('select 0 as n')
  assert.equal(await client.connect(), client)
  assert.equal((await early).rows[0].n, 0)
  const called = await new Promise((resolve, reject) =>
    client.query('select $1::int as n', [1], (error, result) => (error ? reject(error) : resolve(result.rows[0].n))),
  )
  assert.equal(called, 1)
  const all = [2, 3, 4].map(n => client.query({ text: 'select $1::int', values: [n], rowMode: 'array' }))
  assert.deepEqual(
    (await Promise.all(all)).map(({ rows }) => rows[0]),
    [[2], [3], [4]],
  )
  // In their order, though nobody waits: the stream is inside the transaction.
  void client.query('begin; set local statement_timeout = 1234')
  const stream = client.query(new QueryStream("select current_setting('statement_timeout') as n from generate_series(1, 2)"))
  void client.query('commit')
  assert.equal(await text(stream.map((row: { n: string }) => row.n)), '1234ms1234ms')
  assert.equal((await client.query('show statement_timeout')).rows[0].statement_timeout, '5s', 'its ceiling')
  assert.equal(await codeOf(client.query('select nothing')), '42703')
  assert.throws(() => client.query(undefined as never), TypeError)
  assert.match(String(await outcome(client.connect())), /already been connected/)
  await client.end()
  assert.match(String(await outcome(client.query('select 1'))), /was closed/)
  await none()
  db.heal[Symbol.dispose]()
})

test('lost: its owner is told once; half a transaction is refused; asked again it goes on, and nobody else was held up', async () => {
  const { db, one } = family()
  const [client, other] = [one(), one()]
  const told: string[] = []
  client.on('error', error => told.push(error.message))
  client.on('end', () => told.push('end'))
  await Promise.all([client.connect(), other.connect()])
  await client.query("set application_name = 'app'; set search_path = 'elsewhere'")
  await client.query('begin; insert into public.things values (1)')
  const behind = [client.query('select pg_sleep(30)'), client.query('insert into public.things values (2)')].map(outcome)
  await until('it to sleep', async () => (await backends(observer)).some(b => /pg_sleep/.test(b.query)))
  await killed()
  assert.equal(((await behind[0]) as { code?: string }).code, '57P01')
  assert.equal(((await behind[1]) as { code?: string }).code, 'SELFHEAL_CONNECTION_LOST')
  for (const sql of ['insert into public.things values (3)', 'commit'])
    assert.equal(await codeOf(client.query(sql)), 'SELFHEAL_CONNECTION_LOST')
  await until('all connections to be gone', async () => (await backends(observer)).length === 0)
  // A pool that has done with it rolls back: no connection is made for that.
  assert.equal((await client.query('rollback')).command, 'ROLLBACK')
  assert.equal((await backends(observer)).length, 0)
  assert.deepEqual([told.filter(what => what === 'end').length, told.at(-1)], [1, 'end'])
  assert.equal((await client.query('select count(*)::int as n from public.things')).rows[0].n, 0)
  assert.equal((await client.query('show search_path')).rows[0].search_path, 'elsewhere')
  assert.equal((await backends(observer)).length, 1)
  // A client that is asked as it is for long must not open the breaker of the others.
  for (let i = 0; i < 20; i++) assert.equal((await other.query('select 1 as n')).rows[0].n, 1)
  await Promise.all([client.end(), other.end()])
  await none()
  db.heal[Symbol.dispose]()
})

test('one that LISTENs, and whose end nobody would hear, listens again; it is not ended by what is no outage', async () => {
  const { db, one } = family()
  const client = one()
  const heard: unknown[] = []
  client.on('notification', ({ payload }) => heard.push(payload))
  await client.connect()
  await client.query('listen jobs')
  const pid = await pidOf(client)
  await observer.query('alter system set default_transaction_read_only = on')
  await observer.query('select pg_reload_conf()')
  const becomes = (state: string) =>
    until(`it to be ${state}`, async () => {
      await db.heal.verbs!['probe']!(null, { by: 'test', why: 'test' })
      return db.heal.reading().state === state
    })
  await becomes('readonly')
  await observer.query('begin read write; commit')
  await observer.query('set default_transaction_read_only = off')
  await observer.query('alter system reset default_transaction_read_only')
  await observer.query('select pg_reload_conf()')
  await becomes('up')
  assert.equal(await pidOf(client), pid, 'the same connection')
  await killed()
  await until('it to listen again', async () =>
    (await backends(observer)).some(b => b.pid !== pid && /^listen jobs/.test(b.query)),
  )
  await observer.query("notify jobs, 'one'")
  await until('it to be heard', () => heard.length === 1)
  await client.end()
  await none()
  db.heal[Symbol.dispose]()
})

test('just coming back: what began a transaction finishes it; a pool whose first words were refused leaves no connection behind', async () => {
  const { db, one } = family({ breaker: { ramp: '60s' } })
  const by = { by: 'test', why: 'test' }
  const clients = Array.from({ length: 10 }, one)
  for (const client of clients) client.on('error', () => {})
  await Promise.all(clients.map(client => client.connect()))
  await Promise.all(clients.map(client => client.query('select 1')))
  await db.heal.verbs!['off']!(null, by)
  await none()
  await db.heal.verbs!['on']!(null, by)
  await until('it to be back', () => db.heal.reading().usable === 'full')
  const begun = await Promise.all(
    clients.map(async client => {
      if ((await codeOf(client.query('begin'))) === 'SELFHEAL_BREAKER_RAMPING') return 'refused'
      await client.query('select pg_sleep(0.1)')
      return (await client.query('commit')).command
    }),
  )
  assert.deepEqual([...new Set(begun)].toSorted(), ['COMMIT', 'refused'])
  await Promise.all(clients.map(client => client.end()))
  await none()

  const fresh = one()
  fresh.on('error', () => {})
  await until('it to be let in', async () => (await codeOf(fresh.connect())) === undefined)
  assert.ok(isRejected(await outcome(runInFrame({ deadline: performance.now() }, () => fresh.query("set search_path = ''")))))
  await none()
  db.heal[Symbol.dispose]()
})
