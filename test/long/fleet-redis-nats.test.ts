// A fleet's engine on a real Redis, by both of its clients, and on a real nats-server with JetStream; and when the server hangs.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { connect } from '@nats-io/transport-node'
import { Redis } from 'ioredis'
import { createClient } from 'redis'
import { type Engine, fleet, nats, redis } from '../../src/fleet/index.ts'
import { engineSuite } from '../conformance/fleet-engine.ts'
import { type TestNats, testNats } from '../nats.ts'
import { needs } from '../part.ts'
import { type TestRedis, testRedis } from '../redis.ts'

const withRedis = needs('redis')
const withNats = needs('nats')
let store: TestRedis | undefined
let stream: TestNats | undefined
const ends: (() => unknown)[] = []
before(async () => {
  if (withRedis.skip === undefined) store = await testRedis()
  if (withNats.skip === undefined) stream = await testNats()
})
after(async () => {
  for (const end of ends.reverse()) await end()
  await store?.end()
  await stream?.end()
})

const ended = (engine: Engine) => {
  ends.push(() => engine.close?.())
  return engine
}
const byIoredis = () => ended(redis(new Redis(store!.port, '127.0.0.1', { lazyConnect: true })))
const byNodeRedis = () => ended(redis(createClient({ url: `redis://127.0.0.1:${store!.port}` })))
const byNats = async () => {
  const connection = await connect({ servers: `127.0.0.1:${stream!.port}`, maxReconnectAttempts: -1 })
  ends.push(() => connection.close())
  return ended(nats(connection))
}
const sleep = (ms: number) => wait(ms).then(() => {})

let ofRedis: { engine: Engine; second: Engine; wait: typeof sleep } | undefined
let ofNats: typeof ofRedis
engineSuite(
  'redis, by ioredis and node-redis',
  () => (ofRedis ??= { engine: byIoredis(), second: byNodeRedis(), wait: sleep }),
  withRedis,
)
engineSuite('nats', async () => (ofNats ??= { engine: await byNats(), second: await byNats(), wait: sleep }), withNats)

const hangs = (
  kind: string,
  make: () => Promise<Engine> | Engine,
  server: () => { freeze(): void; thaw(): void },
  options: { skip?: string },
) =>
  test(`${kind}: a server that hangs is told, and found again`, options, async () => {
    const one = fleet({ engine: await make(), name: 'hangs', beat: 150, timeout: 400 })
    one.start()
    const until = async (what: string, is: () => boolean) => {
      const end = performance.now() + 60_000
      while (!is()) {
        assert.ok(performance.now() < end, `not within a minute: ${what}`)
        await wait(20)
      }
    }
    await until('joined', () => !one.blind())
    await one.forces.set('features/sell', 'off', null, { by: 'ann', why: 'test' })
    server().freeze()
    try {
      await until('blind', () => one.blind())
    } finally {
      server().thaw()
    }
    await until('seen again', () => !one.blind())
    assert.equal(one.forces.all()['features/sell']?.by, 'ann')
    await one.forces.end('features/sell')
    await one.leave()
  })
hangs('ioredis', byIoredis, () => store!, withRedis)
hangs('node-redis', byNodeRedis, () => store!, withRedis)
hangs('nats', byNats, () => stream!, withNats)
