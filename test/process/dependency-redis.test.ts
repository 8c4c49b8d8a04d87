// The Redis adapter over both clients, on a real Redis: what a hang and a kill cost, what CLIENT LIST shows, what comes back.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { createClient } from 'redis'
import { runInFrame } from '../../src/core/index.ts'
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

/** `lazy`: connected by the first that asks. */
const clients: Readonly<Record<string, (lazy?: boolean) => Promise<Made>>> = {
  async ioredis(lazyConnect = false) {
    const client = new Redis({ port: server.port, connectionName: 'app', lazyConnect })
    const subscriber = new Redis({ port: server.port, connectionName: 'app', lazyConnect })
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

const lost = async (made: Made) => {
  const before = await outcome(made.transaction())
  assert.ok(!(before instanceof Error), String(before))
  server.freeze()
  const begun = performance.now()
  const stuck = outcome(made.transaction())
  await until('it is down', () => made.db.heal.reading().usable === 'none')
  assert.ok((await stuck) instanceof Error)
  assert.ok(performance.now() - begun < 20_000)
  const refused = (await outcome(made.transaction())) as { code: string }
  server.thaw()
  assert.equal(refused.code, 'SELFHEAL_BREAKER_OPEN')
  await until('it is back', async () => !((await outcome(made.transaction())) instanceof Error))
}
for (const [name, make] of Object.entries(clients))
  test(`${name}: a transaction is one call: cut when the server hangs, refused while it is down`, here, async () => {
    const made = await make()
    await lost(made)
    made.end()
  })

test('ioredis: callbacks, pipelines and scripts are answered as before, and hear of a refusal', here, async () => {
  const client = new Redis({
    port: server.port,
    scripts: { twice: { numberOfKeys: 1, lua: 'return redis.call("GET", KEYS[1]) * 2' } },
  })
  const db = dependency(redis(client), { name: 'cache' }) as unknown as Redis & { heal: Made['db']['heal'] } & {
    twice(key: string, fn?: (error: unknown, value?: unknown) => void): Promise<number>
  }
  const called = <T>(ask: (fn: (error: unknown, value?: T) => void) => unknown) =>
    new Promise<T>((resolve, reject) => void ask((error, value) => (error ? reject(error as Error) : resolve(value as T))))
  await db.hset('h', { a: '1' })
  assert.deepEqual(await db.hgetall('h'), { a: '1' })
  assert.deepEqual(await called(fn => db.hgetall('h', fn as never)), { a: '1' })
  assert.equal(await called(fn => db.set('k', '21', fn as never)), 'OK')
  assert.equal(await db.twice('k'), 42)
  assert.equal(await called(fn => db.twice('k', fn)), 42)
  await server.ask('SCRIPT FLUSH')
  assert.equal(await db.twice('k'), 42)
  assert.deepEqual(
    await db
      .pipeline()
      .get('k')
      .incr('h')
      .get('k')
      .exec()
      .then(all => all?.map(([e, v]) => (e ? 'error' : v))),
    ['21', 'error', '21'],
  )
  assert.deepEqual(
    await called(fn =>
      db
        .pipeline()
        .get('k')
        .exec(fn as never),
    ),
    [[null, '21']],
  )
  assert.equal(db.heal.reading().usable, 'full')

  await db.heal.verbs!['off']!(null, { by: 'operator' } as never)
  const ways: Record<string, () => Promise<unknown>> = {
    callback: () => called(fn => db.get('k', fn as never)),
    script: () => called(fn => db.twice('k', fn)),
    pipeline: () =>
      called(fn =>
        db
          .pipeline()
          .get('k')
          .exec(fn as never),
      ),
    'within a pipeline': () =>
      called(fn =>
        db
          .pipeline()
          .get('k', fn as never)
          .exec()
          .catch(() => {}),
      ),
    transaction: () => db.multi().get('k').exec(),
  }
  for (const [way, ask] of Object.entries(ways))
    assert.match(String(((await outcome(ask())) as { code?: string }).code), /^SELFHEAL_/, way)
  await db.heal.verbs!['on']!(null, { by: 'operator' } as never)
  await until('it is back', async () => !((await outcome(db.get('k'))) instanceof Error))
  db.disconnect()
})

test(
  'ioredis: a read whose connection is lost is asked again; a write is not, and its database stays the one it chose',
  here,
  async () => {
    const client = new Redis({ port: server.port })
    const db = dependency(redis(client), { name: 'cache' }) as unknown as Redis & { heal: Made['db']['heal'] }
    await db.select(3)
    await db.set('where', 'three')
    for (let i = 0; i < 5; i++) {
      await until('it is connected', () => client.status === 'ready')
      const read = db.get('where')
      client.stream.destroy()
      assert.equal(await read, 'three')
    }
    const write = outcome(db.incr('n'))
    client.stream.destroy()
    assert.ok((await write) instanceof Error)
    assert.ok(['0', '1', null].includes(await db.get('n')))
    db.disconnect()
  },
)

test('ioredis: what is asked while it connects is answered once, and no refusal is left without a listener', here, async t => {
  const client = new Redis({ port: server.port, lazyConnect: true })
  const db = dependency(redis(client), { name: 'cache' }) as unknown as Redis & { heal: Made['db']['heal'] }
  const unheard: unknown[] = []
  const hear = (error: unknown) => void unheard.push(error)
  process.on('unhandledRejection', hear)
  t.after(() => process.off('unhandledRejection', hear))
  const asked: Promise<unknown>[] = []
  client.on('connect', () => {
    for (let i = 0; i < 5; i++) asked.push(outcome(db.incr('asked')), outcome(db.ping()))
  })
  // A request that is over before it is connected: what it connected is the next ones' too.
  await until('it is connected', async () => {
    // Where it took longer than that to begin at all.
    if (client.status === 'wait') await outcome(runInFrame({ deadline: performance.now() + 2 }, () => db.get('k')))
    return asked.length > 0
  })
  assert.deepEqual((await Promise.all(asked)).map(String).sort(), ['1', '2', '3', '4', '5', ...Array(5).fill('PONG')])
  await new Promise(resolve => setImmediate(resolve))
  assert.deepEqual(unheard, [])
  db.disconnect()
})

for (const [name, make] of Object.entries(clients))
  test(`${name}: what a subscriber hears is not under the deadline of the request that connected it`, here, async () => {
    const made = await runInFrame({ deadline: performance.now() + 300 }, () => make(true))
    const answers: unknown[] = []
    await runInFrame({ deadline: performance.now() + 300 }, () =>
      made.subscribe('orders', () => void outcome(made.db.get('none')).then(answer => answers.push(answer))),
    )
    await wait(400)
    await server.ask('PUBLISH orders 1')
    await until('it is heard', () => answers.length > 0)
    assert.deepEqual(answers, [null])
    made.end()
  })

test('ioredis: a transaction sent command by command, given up in the middle, does not swallow who asks next', here, async () => {
  const db = dependency(redis(new Redis({ port: server.port })), { name: 'cache' }) as unknown as Redis & Made['db']
  await db.set('k', '1')
  await db.multi({ pipeline: false })
  assert.equal(await db.incr('k'), 'QUEUED')
  assert.deepEqual(await db.exec(), [[null, 2]])
  server.freeze()
  const begun = outcome(db.multi({ pipeline: false }) as unknown as Promise<unknown>)
  assert.equal(((await begun) as { code?: string }).code, 'SELFHEAL_TIMEOUT')
  server.thaw()
  await until('it is back', async () => (await outcome(db.get('k'))) === '2')
  for (let i = 0; i < 5; i++) assert.equal(await db.get('k'), '2')
  db.disconnect()
})

test(
  'ioredis: duplicate() is as the app has it; connect() while it is down is refused; ended and connected again it is guarded',
  here,
  async t => {
    const client = new Redis({ port: server.port, maxRetriesPerRequest: null })
    const db = dependency(redis(client), { name: 'cache' }) as unknown as Redis & Made['db']
    t.after(() => db.disconnect())
    const other = db.duplicate({ lazyConnect: true })
    assert.deepEqual(
      [other.options.maxRetriesPerRequest, other.options.autoResendUnfulfilledCommands, other.options.lazyConnect],
      [null, true, true],
    )
    const { on, off } = db.heal.verbs! as Record<string, (args: null, who: never) => Promise<unknown>>
    await off!(null, { by: 'operator' } as never)
    await until('its connection is ended', () => client.status === 'end')
    assert.equal(((await outcome(db.connect())) as { code?: string }).code, 'SELFHEAL_DEPENDENCY_DOWN')
    await on!(null, { by: 'operator' } as never)
    await until('it is back', async () => !((await outcome(db.get('k'))) instanceof Error))

    db.disconnect()
    await until('it is ended', () => client.status === 'end')
    await db.connect()
    assert.equal(await db.set('k', '1'), 'OK')
    await server.kill()
    await until('it is down', async () => {
      await outcome(db.get('k'))
      return db.heal.reading().usable === 'none'
    })
    await server.start()
    await until('it is back', async () => !((await outcome(db.get('k'))) instanceof Error))
  },
)

test(
  'who asks again as soon as it is refused does not stop everything else, and libraries know it as the connection’s fault',
  here,
  async () => {
    const made = await clients['ioredis']!()
    await made.db.heal.verbs!['off']!(null, { by: 'operator' } as never)
    let over = false
    setTimeout(() => (over = true), 50)
    let asked = 0
    for (; !over && asked < 1_000_000; asked++)
      assert.match(((await outcome(made.db.get('k'))) as Error).message, /the call was not made.*ECONNREFUSED\)$/)
    assert.ok(over, `${asked} times`)
    made.end()
  },
)

test('ioredis: who waits to be connected is refused when it is found down, however patient', here, async () => {
  const client = new Redis({ port: server.port, lazyConnect: true, maxRetriesPerRequest: null })
  const db = dependency(redis(client, { command: '60s' }), { name: 'queue', deadline: '60s' }) as unknown as Redis & Made['db']
  await db.set('k', '1')
  await server.kill()
  assert.equal(((await outcome(db.incr('k'))) as { code?: string }).code, 'SELFHEAL_DEPENDENCY_DOWN')
  await server.start()
  await until('it is back', async () => !((await outcome(db.get('k'))) instanceof Error))
  db.disconnect()
})

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
