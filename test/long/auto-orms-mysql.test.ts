// Drizzle, Knex, Sequelize and TypeORM on MariaDB, and connections that the app made by itself, in an app that has never heard of us: they work as
// ever; the database hangs, then dies: all are answered, hold no connection, and are back by themselves. Knex and Sequelize make single
// connections of mysql2 for pools of their own.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Connection, RowDataPacket } from 'mysql2/promise'
import { type TestMariadb, testMariadb } from '../mariadb.ts'
import { needs } from '../part.ts'
import { type AutoApp, autoApp } from '../process/auto/kit.ts'
import { until } from '../process/program/kit.ts'

const parts = needs('mariadb')
const ALL = ['drizzle', 'knex', 'sequelize', 'typeorm', 'promised', 'called']
const DUPLICATE = ['DrizzleQueryError', 'Error', 'UniqueConstraintError', 'QueryFailedError', 'Error', 'Error']
let server: TestMariadb
let observer: Connection
before(async () => {
  if (parts.skip !== undefined) return
  server = await testMariadb()
  observer = await server.observer()
})
after(async () => {
  observer?.destroy()
  await server?.end()
})

const start = (env = {}) => autoApp('orms-mysql.mjs', { MARIADB: JSON.stringify(server.config), ...env })
const answers = async (app: AutoApp, path: string) => (await app.ask(path)).text
const open = async () => {
  const [rows] = await observer.query<RowDataPacket[]>("select id from information_schema.processlist where db = 'shop'")
  return rows.length
}

async function works(app: AutoApp, id: number): Promise<void> {
  for (const [i, name] of ALL.entries()) {
    const say = (what: string) => answers(app, `/${name}/${what}`)
    assert.equal((await app.ask(`/${name}/insert?id=${id}`)).status, 200, `${name}: ${app.said()}`)
    assert.equal(await say(`insert?id=${id}`), `${DUPLICATE[i]} ER_DUP_ENTRY`)
    await say(`transaction?id=${id + 1}`)
    assert.match(await say(`transaction?id=${id + 2}&fails=1`), /rollback|rolled back/i)
    const found = await Promise.all([id, id + 1, id + 2].map(id => say(`select?id=${id}`)))
    assert.deepEqual(found, ['hello', 'second', 'undefined'], `${name}: ${app.said()}`)
  }
  assert.equal(await answers(app, '/knex/stream'), '1000')
}
async function answered(app: AutoApp, id: number): Promise<void> {
  const paths = ALL.flatMap(name =>
    [`select?id=10`, `transaction?id=${id}`, `insert?id=${id + 5}`].map(what => `/${name}/${what}`),
  )
  for (const { status, text, ms } of await Promise.all(paths.map(path => app.ask(path))))
    assert.ok(status === 500 && ms < 40_000, `${status} ${text} after ${ms} ms`)
  for (const name of ALL)
    await until(`${name} to be refused at once`, async () =>
      / SELFHEAL_BREAKER_OPEN$/.test(await answers(app, `/${name}/select?id=10`)),
    )
}
async function back(app: AutoApp, half: number): Promise<void> {
  for (const name of ALL) await until(`${name} to be back`, async () => (await answers(app, `/${name}/select?id=10`)) === 'hello')
  for (const name of ALL.slice(0, 4))
    assert.equal(await answers(app, `/${name}/select?id=${half}`), 'undefined', `${name}: half of a transaction`)
}

test('as ever; hung: all are answered, no connection is left, all are back; dead: the same', parts, async t => {
  const app = await start()
  t.after(() => app.end())
  await works(app, 10)

  server.freeze()
  await answered(app, 20)
  server.thaw()
  await until('no connection of theirs to be there', async () => (await open()) === 0)
  await back(app, 20)

  // Its second half is not run alone on another connection.
  for (const name of ['promised', 'called']) assert.equal((await app.ask(`/${name}/begin`)).status, 200)
  await server.kill()
  observer.destroy()
  await until('it to be refused', async () => / SELFHEAL_/.test(await answers(app, '/knex/select?id=10')))
  assert.equal((await app.ask('/called/rollback')).status, 200, 'nothing is left to be rolled back')
  await server.start()
  observer = await server.observer()
  await until('others to be back', async () => (await answers(app, '/knex/select?id=10')) === 'hello')
  assert.equal(await answers(app, '/promised/insert?id=30'), 'RejectedError SELFHEAL_CONNECTION_LOST')
  assert.equal((await app.ask('/promised/rollback')).status, 200)
  await back(app, 30)
  await works(app, 40)
  assert.equal(app.process.exitCode, null)
})

test(
  'one that takes too long is ended on the server; report changes nothing, and has single connections as one family',
  parts,
  async t => {
    const [app, watched] = await Promise.all([start(), start({ SELFHEAL_AUTO: 'report' })])
    t.after(() => Promise.all([app.end(), watched.end()]))
    // Together they take longer than one may: waiting behind others is no fault of the server's.
    const many = app.ask('/called/many')
    const tries = ALL.slice(1, -1).map(name => app.ask(`/${name}/sleep?s=60`))
    assert.equal((await watched.ask('/knex/select?id=1')).status, 200)
    assert.equal(await answers(watched, '/knex/stream'), '1000')
    const lines = (await watched.end()).match(/mysql:shop@127\.0\.0\.1:\d+(#\d)?: \d+ calls?/g)
    assert.equal(lines?.length, 3, watched.said())

    assert.equal((await many).text, '16')
    for (const { status, ms } of await Promise.all(tries)) assert.ok(status === 500 && ms < 40_000)
    const [rows] = await observer.query<RowDataPacket[]>(
      "select id from information_schema.processlist where info like '%sleep(60)'",
    )
    assert.deepEqual(rows, [])
    for (const name of ALL) assert.equal((await app.ask(`/${name}/select?id=1`)).status, 200, name)
  },
)
