// The Redis adapter over both clients, on a real Redis: what a hang and a kill cost, what CLIENT LIST shows, what comes back.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { Redis } from 'ioredis'
import { createClient } from 'redis'
import { dependency, redis } from '../../src/dependency/index.ts'
import { needs } from '../part.ts'
import { type TestRedis, testRedis } from '../redis.ts'
import { outcome, until } from './dependency/kit.ts'

const here = needs('redis')
let server: TestRedis
before(async () => {
  if (here.skip === undefined) server = await testRedis()
})
after(() => server?.end())

interface Client {
  get(key: string): Promise<string | null>
  set(key: string, value: string): Promise<unknown>
  incr(key: string): Promise<number>
}
interface Made {
  readonly db: Client & { readonly heal: ReturnType<typeof dependency>['heal'] }
  subscribe(channel: string, heard: (message: string) => void): Promise<void>
  transaction(): Promise<unknown>
  blocking(): Promise<unknown>
  end(): void
}

const clients: Readonly<Record<string, () => Promise<Made>>> = {
  async ioredis() {
    const client = new Redis({ port: server.port, connectionName: 'app' })
    const subscriber = new Redis({ port: server.port, connectionName: 'app' })
    const db = dependency(redis(client), { name: 'cache' })
    const sub = dependency(redis(subscriber), { name: 'messages' })
    return {
      db: db as unknown as Made['db'],
      async subscribe(channel, heard) {
        sub.on('message', (_: string, message: string) => heard(message))
        await sub.subscribe(channel)
      },
      transaction: () => db.multi().set('a', '1').incr('a').exec(),
      blocking: () => db.blpop('nothing', 1),
      end() {
        db.disconnect()
        sub.disconnect()
      },
    }
  },
  async 'node-redis'() {
    const client = createClient({ socket: { port: server.port, host: '127.0.0.1' }, name: 'app' })
    const subscriber = createClient({ socket: { port: server.port, host: '127.0.0.1' }, name: 'app' })
    const db = dependency(redis(client), { name: 'cache' })
    const sub = dependency(redis(subscriber), { name: 'messages' })
    await Promise.all([db.connect(), sub.connect()])
    return {
      db: db as unknown as Made['db'],
      subscribe: (channel, heard) => sub.subscribe(channel, heard),
      transaction: () => db.multi().set('a', '1').incr('a').exec(),
      blocking: () => db.blPop('nothing', 1),
      end() {
        for (const one of [db, sub]) if (one.isOpen) one.destroy()
        db.heal[Symbol.dispose]()
        sub.heal[Symbol.dispose]()
      },
    }
  },
}

const ours = async () => ((await server.ask('CLIENT LIST')).match(/name=app/g) ?? []).length
const well = async (made: Made) => !((await outcome(made.db.get('a'))) instanceof Error)

for (const [name, make] of Object.entries(clients)) {
  test(`${name}: commands, transactions and blocking ones as before; a mistake is the caller’s`, here, async () => {
    const made = await make()
    await made.db.set('a', '5')
    assert.equal(await made.db.get('a'), '5')
    assert.equal(await made.db.incr('a'), 6)
    assert.match(JSON.stringify(await made.transaction()), /2/)
    await made.db.set('text', 'x')
    for (let i = 0; i < 15; i++) assert.match(String(await outcome(made.db.incr('text'))), /not an integer/)
    assert.equal(made.db.heal.reading().usable, 'full')
    made.end()
  })

  test(
    `${name}: stopped: noticed within seconds, refused at once, none of ours left after it goes on, and subscriptions are back`,
    here,
    async () => {
      const made = await make()
      const heard: string[] = []
      await made.subscribe('news', message => heard.push(message))
      await made.db.set('a', '1')
      server.freeze()
      const stuck = outcome(made.db.get('a'))
      await until('it is down', () => made.db.heal.reading().usable === 'none')
      assert.ok((await stuck) instanceof Error)
      const refused = (await outcome(made.db.get('a'))) as { code: string; retryAfterMs: number }
      assert.equal(refused.code, 'SELFHEAL_BREAKER_OPEN')
      server.thaw()
      await until('it is back', () => well(made))
      await until('what subscribes hears', async () => {
        await server.ask('PUBLISH news hello')
        return heard.length > 0
      })
      made.end()
      await until('nothing is left open', async () => (await ours()) === 0)
    },
  )

  test(`${name}: killed and started again: no write is done twice or late, and it comes back by itself`, here, async () => {
    const made = await make()
    await made.db.set('n', '0')
    await server.kill()
    const writes = await Promise.all(Array.from({ length: 12 }, () => outcome(made.db.incr('n'))))
    assert.ok(writes.every(w => w instanceof Error))
    await until('it is down', () => made.db.heal.reading().usable === 'none')
    await server.start()
    await until('it is back', () => well(made))
    assert.equal(await made.db.get('n'), null, 'what was refused is not sent later')
    made.end()
  })
}

test('a command that waits by design is not slow, and not cut', here, async () => {
  const made = await clients['ioredis']!()
  assert.equal(await made.blocking(), null)
  assert.equal(made.db.heal.reading().state !== 'down', true)
  made.end()
})

test('a server that takes no writes is read-only', here, async () => {
  const made = await clients['ioredis']!()
  await made.db.set('a', '1')
  await server.ask('CONFIG SET maxmemory 1')
  assert.match(String(await outcome(made.db.set('a', '2'))), /OOM/)
  await until('it is read-only', () => made.db.heal.reading().usable === 'read')
  assert.equal(await made.db.get('a'), '1')
  await server.ask('CONFIG SET maxmemory 0')
  await until('it is up', () => made.db.heal.reading().usable === 'full')
  made.end()
})
