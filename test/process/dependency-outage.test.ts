// A dependency on a live PostgreSQL that is overloaded, stopped, killed, read-only: what callers get, what an observer's own connection
// sees of ours, and that all is on again by itself.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import pg from 'pg'
import { createEvents, type Event } from '../../src/core/index.ts'
import { type DependencyOptions, dependency, postgres } from '../../src/dependency/index.ts'
import { type TestPostgres, testPostgres } from '../postgres.ts'
import { backends, outcome, until } from './dependency/kit.ts'

let server: TestPostgres
let observer: pg.Client
before(async () => {
  server = await testPostgres()
  observer = await server.observer()
  await observer.query('create table stock (id int primary key, left_over int)')
  await observer.query('insert into stock values (1, 10)')
})
after(async () => {
  await observer.end()
  await server.end()
})

function app(max = 5, options: DependencyOptions = {}) {
  const pool = new pg.Pool({ ...server.config, application_name: 'app', max })
  const events = createEvents()
  const said: Event[] = []
  events.on('*', event => said.push(event))
  const db = dependency(postgres(pool), { name: 'db', events, ...options })
  const end = async () => {
    db.heal[Symbol.dispose]()
    await pool.end()
  }
  const told = (name: string) => said.filter(event => event.name === name)
  const code = async (promise: Promise<unknown>) => ((await outcome(promise)) as { code?: string })?.code
  return { pool, db, said, told, end, code }
}
const slow = { slow: '400ms', timeout: '3s', deadline: '4s' } as const

test('an overload: the breaker opens, none of ours is left on the live server, callers are told when to come back, and it heals', async () => {
  const { db, told, end } = app(5, slow)
  await db.query('select 1')
  const locker = await server.observer()
  await locker.query('begin')
  await locker.query('lock table stock in access exclusive mode')
  const stuck = [
    ...Array.from({ length: 3 }, () => outcome(db.query('select pg_sleep(60)'))),
    ...Array.from({ length: 12 }, () => outcome(db.query('update stock set left_over = left_over - 1'))),
  ]
  await until('it is down', () => db.heal.reading().usable === 'none')
  await until('none of ours', async () => (await backends(observer)).length === 0, 5_000)
  // Everybody who waited has an answer, and nobody's was made up.
  const answers = await Promise.all(stuck)
  assert.ok(answers.every(answer => answer instanceof Error))

  const refused = (await outcome(db.query('select 1'))) as { code: string; retryAfterMs: number; ran: string }
  assert.equal(refused.ran, 'no')
  assert.ok(refused.retryAfterMs > 0, JSON.stringify(refused))
  assert.match(db.heal.reading().causes[0]!.says, /^db does not answer: /)
  assert.ok(db.heal.reading().backAt! > Date.now())

  await locker.end()
  await until('it is back', async () => (await outcome(db.query('select 1'))) instanceof Error === false)
  await until('the ramp is over', () => (db.heal.snapshot() as { share: number }).share === 1)
  assert.equal((await db.query('select left_over from stock')).rows[0].left_over, 10)
  const [down] = told('dependency.down')
  for (const name of ['dependency.dropped', 'dependency.back', 'dependency.resumed', 'breaker.closed'])
    assert.equal(told(name)[0]?.because, down!.id, name)
  assert.equal((told('dependency.dropped')[0]!.data as { connections: number }).connections, 5)
  await end()
})

test('stopped (SIGSTOP) with few calls: noticed soon after the slow threshold; nothing of ours a second after SIGCONT; back within five', async () => {
  const { db, end } = app(5, slow)
  await db.query('select 1')
  server.freeze()
  const call = outcome(db.query('select 1'))
  await until('it is down', () => db.heal.reading().usable === 'none')
  assert.ok((await call) instanceof Error)
  await wait(300)
  server.thaw()
  await until('none of ours', async () => (await backends(observer)).length === 0, 5_000)
  await until('it is back', async () => !((await outcome(db.query('select 1'))) instanceof Error))
  await end()
})

test('gone (kill -9): refused within ten calls, and back by itself when it is started again; a waiting read is answered', async () => {
  const { db, pool, end, code } = app(5)
  // Its safe reads may wait.
  const patient = app(2, { waitingReads: 3, deadline: '60s' })
  await Promise.all([db.query('select 1'), patient.db.query('select 1')])
  await observer.end()
  await server.kill()
  let calls = 0
  await until('it is down', async () => {
    await code(db.query('insert into stock values (2, 1)'))
    calls++
    return db.heal.reading().usable === 'none'
  })
  assert.ok(calls <= 10, `${calls} calls`)
  assert.equal(await code(db.query('select 1')), 'SELFHEAL_BREAKER_OPEN')
  const insert = () => code(patient.db.query('insert into stock values (2, 1)'))
  await until('the other is down', async () => (await insert()) === 'SELFHEAL_BREAKER_OPEN')
  const answered: number[] = []
  const waiting = [1, 2, 3].map(async n => {
    const { rows } = await patient.db.query('select $1::int as n', [n])
    answered.push(rows[0].n)
  })
  const soon = Promise.all(waiting)
  assert.equal(await code(patient.db.query('select 4')), 'SELFHEAL_BREAKER_OPEN', 'a fourth does not wait')
  assert.equal(await insert(), 'SELFHEAL_BREAKER_OPEN', 'a write does not wait')
  assert.deepEqual(answered, [])
  await server.start()
  await soon
  assert.deepEqual(answered.sort(), [1, 2, 3])
  observer = await server.observer()
  await until('it is back', async () => (await outcome(db.query('select 1'))) instanceof Error === false)
  assert.equal(pool.ending, false)
  await Promise.all([end(), patient.end()])
})

test('our sessions killed: the next calls are answered, and nothing is down', async () => {
  const { db, end } = app(5)
  await Promise.all(Array.from({ length: 5 }, () => db.query('select 1')))
  await observer.query("select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'app'")
  for (let i = 0; i < 20; i++) assert.equal((await db.query('select 1 as one')).rows[0].one, 1)
  assert.equal(db.heal.reading().usable, 'full')
  await end()
})

test('read-only, as after a failover: reading goes on, writing is none, and the writable server is taken with new connections', async () => {
  const { db, end, code } = app(3)
  const { rows } = await db.query('select pg_backend_pid() as pid')
  await observer.query('alter system set default_transaction_read_only = on')
  await observer.query('select pg_reload_conf()')
  await until('a write is refused', async () => (await code(db.query('update stock set left_over = 9'))) === '25006')
  await until('it is read-only', () => db.heal.reading().usable === 'read')
  assert.equal(db.heal.reading().state, 'readonly')
  assert.deepEqual([db.heal.readable.reading().usable, db.heal.writable.reading().usable], ['full', 'none'])
  assert.equal((await db.query('select 1 as one')).rows[0].one, 1)
  await observer.query('set default_transaction_read_only = off')
  await observer.query('alter system reset default_transaction_read_only')
  await observer.query('select pg_reload_conf()')
  await until('it is writable', () => db.heal.reading().usable === 'full')
  assert.equal((await db.query('update stock set left_over = 9')).rowCount, 1)
  assert.notDeepEqual((await db.query('select pg_backend_pid() as pid')).rows, rows, 'on a new connection')
  await end()
})

test('a safe read is asked again when its connection broke under it; a write is not', async () => {
  const { db, end } = app(2)
  await db.query('select 1')
  const kill = async (what: RegExp) => {
    await until('it runs', async () => (await backends(observer)).some(b => b.state === 'active' && what.test(b.query)))
    await observer.query(
      "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'app' and state = 'active'",
    )
  }
  // A read that takes long once: it waits for a lock.
  const locker = await server.observer()
  await locker.query('begin')
  await locker.query('lock table stock in access exclusive mode')
  const read = db.query('select count(*)::int as n from stock')
  await kill(/count/)
  await locker.query('rollback')
  assert.equal((await read).rows[0].n, 1)
  await locker.query('begin')
  await locker.query('lock table stock in access exclusive mode')
  const write = outcome(db.query('update stock set left_over = 1 returning left_over'))
  await kill(/update/)
  await locker.query('rollback')
  assert.equal(((await write) as { code: string }).code, '57P01')
  await locker.end()
  await end()
})

test('an operator turns it off and on again', async () => {
  const { db, end, code, pool } = app(2)
  await db.query('select 1')
  await db.heal.verbs!['off']!(null, { by: 'ada', why: 'moving it' })
  assert.equal(db.heal.reading().causes[0]!.by, 'ada')
  assert.equal(await code(db.query('select 1')), 'SELFHEAL_BREAKER_OPEN')
  await until('none open', () => pool.totalCount === 0)
  await db.heal.verbs!['on']!(null, { by: 'ada', why: 'moved' })
  await until('it is back', () => db.heal.reading().usable === 'full')
  assert.equal((await db.query('select 1 as one')).rows[0].one, 1)
  await end()
})

test('a script that only asked something ends by itself', async () => {
  const { spawnSync } = await import('node:child_process')
  const { node } = await import('../node.ts')
  const done = spawnSync(
    node,
    ['--conditions=@selfheal/source', '--disable-warning=ExperimentalWarning', 'test/process/dependency/script.ts'],
    { env: { ...process.env, PGPORT: String(server.port) }, encoding: 'utf8', timeout: 15_000 },
  )
  assert.equal(done.status, 0, done.stderr)
  assert.match(done.stdout, /asked: 1/)
})
