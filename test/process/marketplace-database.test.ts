// The marketplace's own PostgreSQL: what it survives, and what its app does meanwhile.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFileSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { needs } from '../part.ts'
import { endAll, failing, freePort, type Marketplace, marketplace, program, stop } from './marketplace/launch.ts'
import { answers, shopperOf } from './marketplace/shopper.ts'
import { until } from './program/kit.ts'

let shop: Marketplace
const shopper = () => shopperOf(shop.origin)
before(async () => {
  shop = await marketplace()
})
after(async () => {
  const codes = await endAll(shop.data)
  assert.deepEqual(
    codes.filter(code => code !== 0),
    [],
    'every program ends with 0 when asked to stop',
  )
})

test('without its database the app shows what was last known, refuses to write and lives on; a database killed by kill -9 comes back with all it had', async () => {
  const visitor = shopper()
  const { total } = await visitor.get('/api/listings')
  const { pid } = await visitor.get('/health')
  shop.database.kill('SIGKILL')
  await once(shop.database, 'exit')
  // Its PostgreSQL outlives it here, for nobody ends the process group: the next one takes the data over.
  const second = await program('database.ts', shop.databaseEnv, /accepts connections/)
  assert.equal(await answers(visitor, '/api/listings', 200), true)
  assert.equal(await stop(second), 0)
  const known = (await visitor.get('/api/listings')) as { total: number; asOf?: number }
  assert.equal(known.total, total)
  assert.equal(typeof known.asOf, 'number', 'with its age')
  assert.equal(await answers(visitor, '/api/orders', 503), true)
  assert.equal((await visitor.get('/health')).pid, pid)
  await program('database.ts', shop.databaseEnv, /accepts connections/)
  assert.equal(await answers(visitor, '/api/listings', 200), true)
  await until('the listings to be as they are now', async () => !('asOf' in (await visitor.get('/api/listings'))))
  assert.equal((await visitor.get('/api/listings')).total, total)
})

test('a second database on the same data is refused, and does no harm to the first', async () => {
  const { code, said } = await failing('database.ts', { ...shop.databaseEnv, PGPORT: String(await freePort()) })
  assert.equal(code, 1)
  assert.match(said, /runs already/)
  assert.equal((await shopper().ask('/api/listings')).status, 200)
})

test('as root, where there are no user namespaces, the database runs as nobody', needs('root', 'linux'), async () => {
  const env = { ...shop.databaseEnv, MARKETPLACE_DATA: join(shop.data, 'nobody'), PGPORT: String(await freePort()) }
  for (let life = 1; life <= 2; life++)
    assert.equal(await stop(await program('database.ts', { ...env, PATH: '/nowhere' }, /accepts connections/)), 0)
  const place = readFileSync(join(shop.data, 'nobody', 'postgres.is-at'), 'utf8')
  assert.equal(statSync(place).uid, 65_534)
  rmSync(place, { recursive: true })
})
