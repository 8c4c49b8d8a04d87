// Drizzle, Knex, Sequelize and TypeORM in an app that has never heard of us: the database is killed and started again; and `report` changes nothing.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type TestPostgres, testPostgres } from '../postgres.ts'
import { autoApp } from '../process/auto/kit.ts'
import { answers, ORMS, ormsWork } from '../process/auto/orms-asked.ts'
import { until } from '../process/program/kit.ts'

let database: TestPostgres
let env: Record<string, string>
before(async () => {
  database = await testPostgres()
  env = { DATABASE_URL: `postgres://postgres@127.0.0.1:${database.port}/postgres` }
})
after(() => database?.end())

test('killed: each fails, and is back by itself', async t => {
  const app = await autoApp('orms.mjs', env)
  t.after(() => app.end())
  await ormsWork(app, 10)
  await database.kill()
  for (const orm of ORMS) assert.equal((await app.ask(`/${orm}/select?id=10`)).status, 500)
  await database.start()
  for (const orm of ORMS) await until(`${orm} to be back`, async () => (await answers(app, `/${orm}/select?id=10`)) === 'hello')
  await ormsWork(app, 20)
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
