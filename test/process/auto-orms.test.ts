// Drizzle, Knex, Sequelize and TypeORM in an app that has never heard of us: they work as ever; the database hangs, and each of them
// answers its callers, holds no connection, and is back by itself. Knex and Sequelize make clients of pg without its pool.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type pg from 'pg'
import { type TestPostgres, testPostgres } from '../postgres.ts'
import { autoApp } from './auto/kit.ts'
import { answers, ORMS, ormsWork } from './auto/orms-asked.ts'
import { until } from './program/kit.ts'

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
test('as ever; hung: all are answered, no connection is left, all are back', async t => {
  const app = await autoApp('orms.mjs', env)
  t.after(() => app.end())
  await ormsWork(app, 10)
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
  for (const orm of ORMS) assert.equal(await answers(app, `/${orm}/select?id=20`), 'undefined', `${orm}: half of a transaction`)
  await ormsWork(app, 40)
  // Whose client it is was told, once.
  assert.equal(await answers(app, '/heard'), 'one error: Connection terminated unexpectedly end')
  assert.doesNotMatch(await app.end(), /UNHANDLED/)
})
