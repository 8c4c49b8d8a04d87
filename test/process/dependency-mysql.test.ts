// The mysql2 adapter, with callbacks and promises, on a real MariaDB.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import callbacks from 'mysql2'
import mysql2, { type RowDataPacket } from 'mysql2/promise'
import { type DependencyOptions, dependency, mysql } from '../../src/dependency/index.ts'
import { type TestMariadb, testMariadb } from '../mariadb.ts'
import { needs } from '../part.ts'
import { outcome, until } from './dependency/kit.ts'

const here = needs('mariadb')
let server: TestMariadb
let observer: mysql2.Connection
before(async () => {
  if (here.skip !== undefined) return
  server = await testMariadb()
  observer = await server.observer()
  await observer.query('create table shop.stock (id int primary key, n int) engine=innodb')
  await observer.query('insert into shop.stock values (1, 10)')
})
after(async () => {
  observer?.destroy()
  await server?.end()
})

function app(options: DependencyOptions = {}, limit = 4) {
  const pool = mysql2.createPool({ ...server.config, connectionLimit: limit })
  const db = dependency(mysql(pool), { name: 'db', ...options })
  return { pool, db, end: () => db.end() }
}
/** Connections of apps: those that chose the shop. */
const ours = async () => {
  const [rows] = await observer.query<RowDataPacket[]>("select id, info from information_schema.processlist where db = 'shop'")
  return rows
}
const slow = { slow: '400ms', timeout: '3s', deadline: '4s' } as const

test('a promise pool and a callback pool are used as before', here, async () => {
  const { db, end } = app()
  const [rows] = await db.query<RowDataPacket[]>('select n from stock where id = ?', [1])
  assert.equal(rows[0]!['n'], 10)
  const [executed] = await db.execute<RowDataPacket[]>('select ? + 1 as n', [1])
  assert.equal(executed[0]!['n'], 2)
  const connection = await db.getConnection()
  await connection.beginTransaction()
  await connection.query('update stock set n = 0')
  await connection.rollback()
  connection.release()
  assert.equal((await db.query<RowDataPacket[]>('select n from stock'))[0][0]!['n'], 10)
  for (let i = 0; i < 12; i++) assert.match(String(await outcome(db.query('select nothing'))), /Unknown column/)
  assert.equal(db.heal.reading().usable, 'full')
  await end()

  const pool = callbacks.createPool({ ...server.config, connectionLimit: 2 })
  const old = dependency(mysql(pool), { name: 'old' })
  const got = await new Promise((resolve, reject) =>
    old.query('select 1 as one', (error: Error | null, rows: unknown) => (error ? reject(error) : resolve(rows))),
  )
  assert.deepEqual(JSON.stringify(got), '[{"one":1}]')
  await new Promise(resolve => old.end(resolve))
})

test('a pool that was used before it was handed over: its connections have the ceilings too', here, async () => {
  const pool = mysql2.createPool({ ...server.config, connectionLimit: 1 })
  const [[before]] = await pool.query<RowDataPacket[]>('select connection_id() as id')
  const db = dependency(mysql(pool), { name: 'db' })
  const [[now]] = await db.query<RowDataPacket[]>('select connection_id() as id, @@max_statement_time as seconds')
  assert.deepEqual({ id: now!['id'], seconds: Number(now!['seconds']) }, { id: before!['id'], seconds: 5 })
  await db.end()
})

test('promise() of a guarded callback pool is guarded too, and on() gives the guarded one', here, async () => {
  const db = dependency(mysql(callbacks.createPool({ ...server.config, connectionLimit: 2 })), { name: 'db' })
  const promised = db.on('connection', () => {}).promise()
  const [rows] = await promised.query<RowDataPacket[]>('select n from stock')
  assert.equal(rows.length, 1)
  await db.heal.verbs!['off']!(null, { by: 'ada', why: 'moving it' })
  assert.equal(((await outcome(promised.query('select 1'))) as { code: string }).code, 'SELFHEAL_BREAKER_OPEN')
  await promised.end()
})

test('a timeout ends the statement on the server, and the pool is not exceeded', here, async () => {
  const { db, end } = app({ timeout: '300ms', slow: '10s', deadline: '1s', retry: false }, 2)
  await db.query('select 1')
  const results = await Promise.all([1, 2, 3].map(() => outcome(db.query('select sleep(20) from stock where id > 0'))))
  assert.ok(results.every(r => r instanceof Error))
  await until('nothing runs', async () => (await ours()).every(row => row['info'] === null))
  // The connection that ended the statements is a third, for a moment.
  await until('no more than the pool has', async () => (await ours()).length <= 2)
  await end()
})

test('an overload on a live server: none of ours is left, callers are refused, and it heals', here, async () => {
  const { db, end } = app(slow)
  await db.query('select 1')
  const locker = await server.observer()
  await locker.query('start transaction')
  await locker.query('select * from shop.stock for update')
  const stuck = [
    ...[1, 2].map(() => outcome(db.query('select sleep(60)'))),
    ...[1, 2, 3, 4, 5].map(() => outcome(db.query('update stock set n = n - 1'))),
  ]
  await until('it is down', () => db.heal.reading().usable === 'none')
  await until('none of ours', async () => (await ours()).length === 0, 5_000)
  assert.ok((await Promise.all(stuck)).every(answer => answer instanceof Error))
  const refused = (await outcome(db.query('select 1'))) as { code: string; retryAfterMs: number }
  assert.deepEqual([refused.code, refused.retryAfterMs > 0], ['SELFHEAL_BREAKER_OPEN', true])
  locker.destroy()
  await until('it is back', async () => !((await outcome(db.query('select 1'))) instanceof Error))
  assert.equal((await db.query<RowDataPacket[]>('select n from stock'))[0][0]!['n'], 10)
  await end()
})

test('stopped (SIGSTOP) in the middle of sleeps: soon after SIGCONT none of ours is left, and it comes back', here, async () => {
  const { db, end } = app(slow)
  const stuck = [1, 2, 3].map(() => outcome(db.query('select sleep(60)')))
  await until('they run', async () => (await ours()).filter(row => row['info'] !== null).length === 3)
  server.freeze()
  await until('it is down', () => db.heal.reading().usable === 'none')
  assert.ok((await Promise.all(stuck)).every(answer => answer instanceof Error))
  server.thaw()
  const well = performance.now()
  await until('none of ours', async () => (await ours()).length === 0)
  assert.ok(performance.now() - well < 1_000, `${performance.now() - well} ms`)
  await until('it is back', async () => !((await outcome(db.query('select 1'))) instanceof Error))
  assert.ok(performance.now() - well < 5_000)
  await end()
})

test('read-only, killed, started again', here, async () => {
  const { db, end } = app()
  await db.query('select 1')
  await observer.query('set global read_only = 1')
  await db.heal.verbs!['probe']!(null, { by: 'ada', why: 'look' })
  assert.equal(db.heal.reading().usable, 'read')
  await observer.query('set global read_only = 0')
  await until('writable', () => db.heal.reading().usable === 'full')
  await server.kill()
  observer.destroy()
  await until('it is down', async () => {
    await outcome(db.query('select 1'))
    return db.heal.reading().usable === 'none'
  })
  await server.start()
  observer = await server.observer()
  await until('it is back', async () => !((await outcome(db.query('select 1'))) instanceof Error))
  await end()
})
