// What apps really put on top of Redis, unchanged, with `--import selfheal/auto`: BullMQ (queues, workers, events, delayed and repeated jobs, flows),
// sessions, a rate limiter, pub/sub, pipelines and transactions. As without us while all is well; answered while Redis hangs or is dead; no job is
// lost when it goes on, and none that was done is written down as failed.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { needs } from '../part.ts'
import { type AutoApp, autoApp } from '../process/auto/kit.ts'
import { until } from '../process/program/kit.ts'
import { type TestRedis, testRedis } from '../redis.ts'

const parts = needs('redis')
let server: TestRedis
before(async () => {
  if (parts.skip === undefined) server = await testRedis()
})
after(() => server?.end())

const WORKS = {
  '/session': '1',
  '/add': 'true',
  '/add-own': 'true',
  '/delay': 'true',
  '/wait': '{"at":7}',
  '/repeat': 'true',
  '/flow': 'true',
  '/limit': 'true',
  '/pipelined': '["1",true,"1"]',
  '/multi': '[[null,"OK"],[null,2]]',
  '/watch': '[[null,"OK"],[null,"1"]]',
  '/scan': '["scan:1"]',
  '/buffer': '"1"',
  '/publish': 'true',
  '/blocked': '["list","x"]',
  '/is': '[true,true]',
}
/** They say so when Redis is not there; a session's store is not asked twice by who has none yet. */
const REFUSED = ['/add', '/add-own', '/limit', '/pipelined', '/multi', '/watch', '/scan', '/publish', '/wait']
/** Far above any deadline of ours, far below for ever. */
const MOST_MS = 30_000

const told = async <T>(app: AutoApp, path: string) => JSON.parse((await app.ask(path)).text) as T
const long = async (app: AutoApp) => (await told<{ long?: number }>(app, '/done')).long ?? 0

async function works(app: AutoApp): Promise<void> {
  for (const [path, text] of Object.entries(WORKS)) assert.equal((await app.ask(path)).text, text, `${path}: ${app.said()}`)
  await until('every kind of job to be done', async () => {
    const done = await told<Record<string, number>>(app, '/done')
    return ['now', 'owned', 'waited', 'delayed', 'repeated', 'parent', 'child', 'heard'].every(name => (done[name] ?? 0) > 0)
  })
}
async function midway(app: AutoApp): Promise<void> {
  const before = await long(app)
  assert.equal((await app.ask('/burst')).text, '50')
  await until('some of it to be done', async () => (await long(app)) >= before + 3)
}
async function answered(app: AutoApp): Promise<void> {
  const answers = await Promise.all(REFUSED.map(async path => ({ path, ...(await app.ask(path)) })))
  for (const { path, status, text, ms } of answers) assert.ok(status === 500 && ms < MOST_MS, `${path}: ${status} ${text} ${ms}`)
  assert.equal((await app.ask('/session')).status, 200)
  await until('all of it to be refused at once', async () => {
    const answers = await Promise.all(REFUSED.map(path => app.ask(path)))
    return answers.every(({ text }) => text === 'SELFHEAL_BREAKER_OPEN')
  })
}
async function back(app: AutoApp): Promise<void> {
  for (const path of REFUSED) await until(`${path} to be back`, async () => (await app.ask(path)).text === WORKS[path as never])
}

test('as without us; a stall fails no job; Redis hung, and dead: all are answered, and jobs go on', parts, async t => {
  const app = await autoApp('redis-libs.mjs', { REDIS_PORT: String(server.port) })
  t.after(() => app.end())
  await works(app)

  // No outage, but longer than a command may take: what was done then is not written down as failed.
  await midway(app)
  server.freeze()
  await wait(1_300)
  server.thaw()
  await until('the burst to be done', async () => (await long(app)) >= 50)
  assert.deepEqual(await told(app, '/failed'), [])

  await midway(app)
  server.freeze()
  await answered(app)
  server.thaw()
  await back(app)
  await until('the burst to be done', async () => (await long(app)) >= 100)
  await until('nothing to be left', async () => {
    const { active, waiting } = await told<{ active: number; waiting: number }>(app, '/counts')
    return active === 0 && waiting === 0
  })
  assert.deepEqual(await told(app, '/failed'), [])

  await midway(app)
  await server.kill()
  await answered(app)
  await server.start()
  await back(app)
  const before = await long(app)
  await midway(app)
  await until('the burst to be done', async () => (await long(app)) >= before + 50)
  // A rejection that nobody handled would have ended it.
  assert.equal(app.process.exitCode, null)
})
