// Apps that have never heard of us, in CommonJS and as ES modules, unchanged, with `--import selfheal/auto` and with `selfheal run --auto`: what
// their callers get when the database hangs, the cache dies and the API is gone, all at once; and that `report` changes nothing and says what it saw.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, get, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { controlClient } from 'selfheal/control'
import { needs } from '../part.ts'
import { type TestPostgres, testPostgres } from '../postgres.ts'
import { type TestRedis, testRedis } from '../redis.ts'
import { type AutoApp, autoApp } from './auto/kit.ts'
import { ask as askPort, freePort, until } from './program/kit.ts'
import { place } from './run/place.ts'

const redis = needs('redis')
const FILES = ['app.cjs', 'app.mjs']
let database: TestPostgres
let cache: TestRedis | undefined
let api: Server
let env: Record<string, string>
before(async () => {
  database = await testPostgres()
  if (redis.skip === undefined) cache = await testRedis()
  api = createServer((_, response) => response.end('7')).listen(0, '127.0.0.1')
  await once(api, 'listening')
  env = {
    DATABASE_URL: `postgres://postgres@127.0.0.1:${database.port}/postgres`,
    API: `http://127.0.0.1:${(api.address() as AddressInfo).port}`,
    ...(cache === undefined ? {} : { REDIS_PORT: String(cache.port) }),
  }
})
after(async () => {
  api?.close()
  await cache?.end()
  await database?.end()
})

async function works(app: AutoApp): Promise<void> {
  const expected = { '/db': '1', '/transaction': '2', '/callback': '3', '/api': '7', '/is': 'true true true' }
  for (const [path, text] of Object.entries(expected)) assert.equal((await app.ask(path)).text, text, `${path}: ${app.said()}`)
  if (cache !== undefined) assert.equal((await app.ask('/cache')).text, 'v')
}

test('database hung, cache dead, API gone: callers are answered, connections end, all comes back; CommonJS and ES modules', async t => {
  const apps = await Promise.all(FILES.map(file => autoApp(file, env)))
  t.after(() => Promise.all(apps.map(app => app.end())))
  const [first] = apps as [AutoApp, AutoApp]
  await Promise.all(apps.map(works))
  database.freeze()
  await cache?.kill()
  const { port } = api.address() as AddressInfo
  api.closeAllConnections()
  await new Promise(resolve => api.close(resolve))
  const hung = Promise.all(apps.map(app => Promise.all(Array.from({ length: 5 }, () => app.ask('/db')))))

  const gone = cache === undefined ? ['/api'] : ['/cache', '/api']
  for (const path of gone) {
    for (let i = 0; i < 8; i++) assert.equal((await first.ask(path)).status, 500)
    await until(`${path} to be refused by its guard`, async () => (await first.ask(path)).text === 'SELFHEAL_BREAKER_OPEN')
  }
  for (const answers of await hung) {
    // The app's own catch has heard of it, long before the door would have answered in its place.
    for (const { status, text, ms } of answers) assert.ok(status === 500 && ms < 40_000, `${status} ${text} after ${ms} ms`)
    assert.ok(answers.some(({ text }) => text.startsWith('SELFHEAL_')))
  }
  for (const app of apps) await until('its connections to be closed', async () => (await app.ask('/open')).text === '0')

  database.thaw()
  await cache?.start()
  api.listen(port, '127.0.0.1')
  for (const app of apps) await until('it to be back', async () => (await app.ask('/db')).status === 200)
  for (const path of gone) await until(`${path} to be back`, async () => (await first.ask(path)).status === 200)
})

test('under selfheal run --auto: parts, journal, two pools by their names; streams hold no place', needs('linux'), async t => {
  const port = await freePort()
  const p = place(t)
  p.write(
    '.env',
    Object.entries({ ...env, PORT: String(port), DYNO: 'web.1' })
      .map(([name, value]) => `${name}=${value}\n`)
      .join(''),
  )
  p.run('--auto', 'node', join(import.meta.dirname, 'auto/app.mjs'))
  await p.ready()
  await until('it to serve', async () => (await askPort(port, '/db')).kind === 'ok')
  await askPort(port, '/api')
  const client = controlClient(join(p.folder, '.selfheal'))
  const parts = async () => (await client.parts()).parts
  const name = `shop/shop/postgres:postgres@127.0.0.1:${database.port}`
  const paths = (await parts()).map(part => part.path)
  for (const path of [name, `${name}#2`, 'shop/shop/inbound', `shop/shop/${env['API']!.replace('//', '')}`])
    assert.ok(paths.includes(path), `${path} in ${paths.join(' ')}`)

  const streams = await Promise.all(
    Array.from({ length: 5 }, async () => {
      const stream = get({ host: '127.0.0.1', port, path: '/stream' })
      const [answer] = (await once(stream, 'response')) as [NodeJS.ReadableStream]
      answer.resume()
      return stream.on('error', () => {})
    }),
  )
  const door = (await parts()).find(part => part.path === 'shop/shop/inbound')!.snapshot as {
    inFlight: number
    served: number
    deadlineMs: number
  }
  assert.equal(door.inFlight, 0)
  assert.equal(door.deadlineMs, 28_000, 'Heroku gives up after 30 s')
  assert.ok(door.served >= 7, JSON.stringify(door))
  for (const stream of streams) stream.destroy()
  await until('it to be in the journal', async () => (await p.journal({ name: 'auto.found' })).length >= 4)
  assert.match(
    (await p.cli(['journal', '--name', 'auto.found'])).out,
    /is guarded: the app uses it, and says nothing of selfheal/,
  )
})

test('report: nothing is changed, and at the end it says what it watched', async t => {
  const app = await autoApp('app.mjs', { ...env, SELFHEAL_AUTO: 'report' })
  t.after(() => app.end())
  await works(app)
  const said = await app.end()
  assert.match(said, /only watched \(SELFHEAL_AUTO=report\)/)
  assert.match(said, /postgres:postgres@127\.0\.0\.1:\d+: 2 calls, the longest/)
  assert.match(said, /http:127\.0\.0\.1:\d+: 1 call,/)
  assert.match(said, /http server: \d+ requests, at most 1 at a time/)
})

test('report is told when a signal ends the app too: killed by it as without us, and an app that takes the signal itself still does', async t => {
  const report = { SELFHEAL_AUTO: 'report' }
  const apps = await Promise.all([report, report, { ...report, ONCE: '1' }].map(env => autoApp('plain.mjs', env)))
  t.after(() => Promise.all(apps.map(app => app.end())))
  const signals = ['SIGTERM', 'SIGINT', 'SIGTERM'] as const
  const ended = await Promise.all(
    apps.map(async (app, i) => {
      await app.ask('/')
      const closed = once(app.process, 'close')
      app.process.kill(signals[i])
      return closed
    }),
  )
  assert.deepEqual(ended, [
    [null, 'SIGTERM'],
    [null, 'SIGINT'],
    [3, null],
  ])
  for (const app of apps)
    assert.equal(app.said().match(/only watched[^\n]*\n {2}http server: 1 request,/g)?.length, 1, app.said())
  assert.match(apps[2]!.said(), /taken/)
})
