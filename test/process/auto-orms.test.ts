// Drizzle, Knex, Sequelize and TypeORM in an app that has never heard of us: they work as ever; the database hangs, and is killed, and each of
// them answers its callers, holds no connection, and is back by itself. Knex and Sequelize make clients of pg without its pool.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type pg from 'pg'
import { type TestPostgres, testPostgres } from '../postgres.ts'
import { type AutoApp, autoApp } from './auto/kit.ts'
import { until } from './program/kit.ts'

const ORMS = ['drizzle', 'knex', 'sequelize', 'typeorm']
const DUPLICATE = ['DrizzleQueryError', 'DatabaseError', 'UniqueConstraintError', 'QueryFailedError']
let database: TestPostgres
let observer: pg.Client
let env: Record<string, string>
before(async () => {
  database = await testPostgres()
  observer = await database.observer()
  env = { DATABASE_URL: `postgres://postgres@127.0.0.1:${database.port}/postgres` }
})
after(async () => {
  await observer?.end().catch(() => {})
  await database?.end()
})

const open = async () =>
  (
    await observer.query<{ name: string }>(
      `select application_name as name from pg_stat_activity where application_name = any($1) order by 1`,
      [[...ORMS, 'listens']],
    )
  ).rows.map(row => row.name)
const answers = async (app: AutoApp, path: string) => (await app.ask(path)).text

async function works(app: AutoApp, id: number): Promise<void> {
  for (const [i, orm] of ORMS.entries()) {
    const say = (what: string) => answers(app, `/${orm}/${what}`)
    assert.equal((await app.ask(`/${orm}/insert?id=${id}`)).status, 200, `${orm}: ${app.said()}`)
    assert.equal(await say(`insert?id=${id}`), `${DUPLICATE[i]} 23505`)
    await say(`transaction?id=${id + 1}`)
    assert.match(await say(`transaction?id=${id + 2}&fails=1`), /rollback|rolled back/i)
    assert.deepEqual(
      await Promise.all([id, id + 1, id + 2].map(id => say(`select?id=${id}`))),
      ['hello', 'second', 'undefined'],
      `${orm}: ${app.said()}`,
    )
  }
}

test('as ever; hung: all are answered, no connection is left, all are back; killed: the same', async t => {
  const app = await autoApp('orms.mjs', env)
  t.after(() => app.end())
  await works(app, 10)
  for (const orm of ['knex', 'typeorm']) assert.equal(await answers(app, `/${orm}/stream`), '1000')
  assert.match(await answers(app, '/knex/timedOut'), /KnexTimeoutError/)
  await observer.query("notify news, 'one'")
  await until('it to be heard', async () => (await answers(app, '/heard')) === 'one')

  database.freeze()
  const calls = ORMS.flatMap(orm =>
    ['select?id=10', 'select?id=10', 'transaction?id=20', 'insert?id=30'].map(what => `/${orm}/${what}`),
  )
  for (const { status, text, ms } of await Promise.all(calls.map(path => app.ask(path))))
    assert.ok(status === 500 && ms < 40_000, `${status} ${text} after ${ms} ms`)
  for (const orm of ORMS)
    await until(`${orm} to be refused at once`, async () =>
      / SELFHEAL_BREAKER_OPEN$/.test(await answers(app, `/${orm}/select?id=10`)),
    )
  database.thaw()
  // It goes on, and finds that they are gone: nobody has asked since.
  await until('no connection of theirs to be there', async () => (await open()).length === 0)
  for (const orm of ORMS) await until(`${orm} to be back`, async () => (await answers(app, `/${orm}/select?id=10`)) === 'hello')
  for (const orm of ORMS)
    for (const id of [20, 30])
      assert.equal(await answers(app, `/${orm}/select?id=${id}`), 'undefined', `${orm}: half of a transaction`)
  await works(app, 40)
  // Whose client it is was told, once.
  assert.equal(await answers(app, '/heard'), 'one error: Connection terminated unexpectedly end')

  await database.kill()
  for (const orm of ORMS) assert.equal((await app.ask(`/${orm}/select?id=10`)).status, 500)
  await database.start()
  for (const orm of ORMS) await until(`${orm} to be back`, async () => (await answers(app, `/${orm}/select?id=10`)) === 'hello')
  await works(app, 50)
  assert.doesNotMatch(await app.end(), /UNHANDLED/)
})

test('report: clients of pg are watched as one, and nothing is changed', async t => {
  const app = await autoApp('orms.mjs', { ...env, SELFHEAL_AUTO: 'report' })
  t.after(() => app.end())
  for (const orm of ORMS) assert.equal((await app.ask(`/${orm}/sleep?s=0`)).status, 200)
  assert.equal(await answers(app, '/knex/stream'), '1000')
  const said = await app.end()
  assert.equal(said.match(/postgres:postgres@127\.0\.0\.1:\d+(#\d)?: \d+ calls, the longest/g)?.length, 3, said)
})
