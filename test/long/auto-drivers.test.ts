// An unchanged app on mysql2, node-redis and undici, with `--import selfheal/auto`: what its callers get when MariaDB hangs, Redis dies and the
// API is gone; what is left as the app has it; and that `report` changes nothing and says what it saw.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, test } from 'node:test'
import { type TestMariadb, testMariadb } from '../mariadb.ts'
import { needs } from '../part.ts'
import { type AutoApp, autoApp } from '../process/auto/kit.ts'
import { until } from '../process/program/kit.ts'
import { type TestRedis, testRedis } from '../redis.ts'

const parts = needs('mariadb', 'redis')
let database: TestMariadb
let cache: TestRedis
let api: Server
let env: Record<string, string>
before(async () => {
  if (parts.skip !== undefined) return
  ;[database, cache] = await Promise.all([testMariadb(), testRedis()])
  api = createServer((_, response) => response.end('7')).listen(0, '127.0.0.1')
  await once(api, 'listening')
  const { host, port, user, database: name } = database.config
  env = {
    MARIADB: JSON.stringify(database.config),
    MARIADB_URL: `mysql://${user}@${host}:${port}/${name}`,
    REDIS_PORT: String(cache.port),
    API: `http://127.0.0.1:${(api.address() as AddressInfo).port}`,
  }
})
after(async () => {
  api?.close()
  await Promise.all([cache?.end(), database?.end()])
})

async function works(app: AutoApp): Promise<void> {
  const expected = {
    '/sql': '1',
    '/execute': '2',
    '/transaction': '3',
    '/called': '4',
    '/cache': 'v',
    '/api': '7',
    '/agent': '7',
    '/request': '7',
    '/pool': '7',
  }
  for (const [path, text] of Object.entries(expected)) assert.equal((await app.ask(path)).text, text, `${path}: ${app.said()}`)
}

test('MariaDB hung, Redis dead, API gone: callers are answered, connections end, all comes back', parts, async t => {
  const app = await autoApp('drivers.mjs', env)
  t.after(() => app.end())
  await works(app)
  const { port } = api.address() as AddressInfo
  database.freeze()
  await cache.kill()
  api.closeAllConnections()
  await new Promise(resolve => api.close(resolve))
  const hung = Promise.all(Array.from({ length: 6 }, () => app.ask('/sql')))
  for (const path of ['/cache', '/api', '/request'])
    await until(`${path} to be refused by its guard`, async () => (await app.ask(path)).text === 'SELFHEAL_BREAKER_OPEN')
  for (const path of ['/agent', '/pool'])
    assert.match((await app.ask(path)).text, /^(ECONNREFUSED|fetch failed)$/, `${path} is as the app has it`)
  const answers = await hung
  for (const { status, text, ms } of answers) assert.ok(status === 500 && ms < 40_000, `${status} ${text} after ${ms} ms`)
  assert.ok(
    answers.some(({ text }) => text.startsWith('SELFHEAL_')),
    JSON.stringify(answers),
  )
  await until('its connections to be closed', async () => (await app.ask('/open')).text === '0')

  database.thaw()
  await cache.start()
  api.listen(port, '127.0.0.1')
  for (const path of ['/sql', '/transaction', '/cache', '/api', '/request'])
    await until(`${path} to be back`, async () => (await app.ask(path)).status === 200)
})

test('report: nothing is changed, and at the end it says what it watched', parts, async t => {
  const app = await autoApp('drivers.mjs', { ...env, SELFHEAL_AUTO: 'report' })
  t.after(() => app.end())
  await works(app)
  const said = await app.end()
  assert.match(said, /only watched \(SELFHEAL_AUTO=report\)/)
  assert.match(said, /mysql:shop@127\.0\.0\.1:\d+: 3 calls, the longest/)
  assert.match(said, /mysql:shop@127\.0\.0\.1:\d+#2: 1 call,/)
  assert.match(said, /redis:0@127\.0\.0\.1:\d+: 2 calls,/)
  assert.match(said, /http:127\.0\.0\.1:\d+: 2 calls,/)
})
