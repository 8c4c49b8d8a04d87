import assert from 'node:assert/strict'
import { existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, statSync } from 'node:fs'
import { request } from 'node:http'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { createEvents, type Event, type Part, SelfhealError } from '../core/index.ts'
import { manualClock } from '../testing/index.ts'
import { controlClient } from './client.ts'
import { readControlFile, writeControlFile } from './control-file.ts'
import { lockState } from './lock.ts'
import { controlServer } from './server.ts'

function place(t: TestContext): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'selfheal-control-')))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

const parts: Part[] = [
  {
    path: 'shop/web',
    kind: 'program',
    snapshot: () => ({ state: 'running' }),
    verbs: {
      restart: async (args, who) => ({ args, ...who }),
      query: async () => 'nothing new',
      refuse: async () => {
        throw new SelfhealError('SELFHEAL_TOO_SOON', 'It has just started', 'Wait a second.')
      },
      crash: async () => {
        throw new TypeError('x is undefined')
      },
      hang: () => new Promise(() => {}),
      circle: async () => {
        const circle: { me?: unknown } = {}
        circle.me = circle
        return circle as never
      },
    },
  },
  {
    path: 'shop/broken',
    kind: 'x',
    snapshot: () => {
      throw new Error('no snapshot today')
    },
  },
]

async function open(t: TestContext, folder = place(t), clock = manualClock()) {
  const lock = lockState(folder)
  const events = createEvents()
  const server = await controlServer({ folder, parts: () => parts, events, version: '1.2.3', clock, verbWithinMs: 5_000 })
  t.after(async () => {
    const closed = server.close()
    await clock.advance(2_000)
    await closed
    lock.release()
  })
  return { folder, lock, events, server, clock, client: controlClient(folder) }
}

async function refusal(work: Promise<unknown>): Promise<SelfhealError> {
  const error = await work.then(
    () => undefined,
    (e: unknown) => e,
  )
  assert.ok(error instanceof SelfhealError, String(error))
  return error
}

/** Raw, to say what the client never would. */
function raw(
  socketPath: string,
  method: string,
  path: string,
  body = '',
): Promise<{ status: number; said: Record<string, string> }> {
  return new Promise((resolve, reject) => {
    const asked = request({ socketPath, method, path, agent: false }, async response => {
      let text = ''
      for await (const chunk of response) text += chunk
      resolve({ status: response.statusCode!, said: JSON.parse(text) })
    })
    asked.on('error', reject)
    asked.end(body)
  })
}

const who = { by: 'ann', why: 'a test' }

test('the socket is for its owner alone, and the file control names it and the pid', async t => {
  const { folder, server } = await open(t)
  assert.equal(statSync(server.address).mode & 0o777, 0o600)
  assert.deepEqual(
    { ...readControlFile(folder), since: 0 },
    { v: 1, pid: process.pid, version: '1.2.3', address: server.address, since: 0 },
  )
})

test('parts are shown with their verbs, and one that fails does not hide the others', async t => {
  const { client } = await open(t)
  const { version, pid, parts: shown } = await client.parts()
  assert.deepEqual([version, pid], ['1.2.3', process.pid])
  assert.deepEqual(shown[0], {
    path: 'shop/web',
    kind: 'program',
    snapshot: { state: 'running' },
    verbs: ['restart', 'query', 'refuse', 'crash', 'hang', 'circle'],
  })
  assert.equal(shown[1]!.failed, 'no snapshot today')
})

test('a verb is used with its arguments, by whom and why, and told as an event', async t => {
  const { client, events } = await open(t)
  const told: Event[] = []
  events.on('control.acted', event => told.push(event))
  assert.equal(await client.act('shop/web', 'query', null, who), 'nothing new')
  assert.deepEqual(await client.act('shop/web', 'restart', { soft: true }, { ...who, until: 5 }), {
    args: { soft: true },
    ...who,
    until: 5,
  })
  assert.deepEqual(told[0]!.data, { path: 'shop/web', verb: 'restart', ...who, until: 5 })
})

test('a refusal arrives with its code and mend, a crash of the verb as its failure', async t => {
  const { client, events } = await open(t)
  const told: Event[] = []
  events.on('control.acted', event => told.push(event))
  const refused = await refusal(client.act('shop/web', 'refuse', null, who))
  assert.deepEqual([refused.code, refused.message, refused.mend], ['SELFHEAL_TOO_SOON', 'It has just started', 'Wait a second.'])
  const crashed = await refusal(client.act('shop/web', 'crash', null, who))
  assert.deepEqual([crashed.code, crashed.message], ['SELFHEAL_VERB_FAILED', 'x is undefined'])
  assert.equal((await refusal(client.act('shop/web', 'circle', null, who))).code, 'SELFHEAL_VERB_FAILED')
  assert.deepEqual(
    told.map(event => (event.data as { failed?: string }).failed),
    ['SELFHEAL_TOO_SOON', 'SELFHEAL_VERB_FAILED', undefined],
  )
})

test('an unknown part or verb is answered with those there are', async t => {
  const { client } = await open(t)
  const noPart = await refusal(client.act('shop/wbe', 'restart', null, who))
  assert.equal(noPart.code, 'SELFHEAL_PART_UNKNOWN')
  assert.match(noPart.mend, /shop\/web, shop\/broken/)
  const noVerb = await refusal(client.act('shop/web', 'constructor', null, who))
  assert.equal(noVerb.code, 'SELFHEAL_VERB_UNKNOWN')
  assert.match(noVerb.mend, /restart, query, refuse/)
})

test('a verb that does not end is not waited for beyond its time', async t => {
  const { client, clock } = await open(t)
  const hangs = refusal(client.act('shop/web', 'hang', null, who))
  while (clock.pending() < 2) await new Promise(resolve => setImmediate(resolve))
  await clock.advance(5_000)
  assert.equal((await hangs).code, 'SELFHEAL_VERB_LATE')
})

test('what is no proper wish is refused, and the next is answered', async t => {
  const { client, server } = await open(t)
  const post = (body: string) => raw(server.address, 'POST', '/v1/parts/shop/web/restart', body)
  for (const body of ['{', '[]', '7', '{"by":7}', '{"why":{}}', '{"until":"x"}', '{"colour":1}', `{"by":"${'x'.repeat(2_000)}"}`])
    assert.deepEqual([(await post(body)).status, body], [400, body])
  assert.equal((await post(JSON.stringify({ args: 'x'.repeat(70_000) }))).status, 413)
  assert.equal((await raw(server.address, 'POST', '/v1/parts/%E0%A4%A/x')).status, 400)
  assert.equal((await raw(server.address, 'DELETE', '/v1/parts')).status, 404)
  assert.equal((await raw(server.address, 'GET', '//')).status, 404)
  assert.equal((await client.parts()).pid, process.pid)
})

test('bytes that are no HTTP do no harm', async t => {
  const { client, server } = await open(t)
  for (const bytes of ['\0\0\0', 'GET / HTTP/9.9\r\n\r\n', 'x'.repeat(100_000)]) {
    const socket = connect(server.address)
    socket.on('error', () => {})
    socket.resume()
    socket.end(bytes)
    await new Promise(resolve => socket.on('close', resolve))
  }
  assert.equal((await client.parts()).pid, process.pid)
})

test('a listener is told every event from now on, until it goes', async t => {
  const { client, events, server } = await open(t)
  const told: Event[] = []
  const stop = new AbortController()
  const listening = client.events(event => {
    told.push(event)
    if (told.length === 3) stop.abort()
  }, stop.signal)
  while (server.stats().listeners === 0) await new Promise(resolve => setImmediate(resolve))
  for (const count of [1, 2, 3]) events.emit('selfheal.dropped', 'here', { count })
  assert.equal(await listening, 'aborted')
  assert.deepEqual(
    told.map(event => event.data),
    [{ count: 1 }, { count: 2 }, { count: 3 }],
  )
  while (server.stats().listeners > 0) await new Promise(resolve => setImmediate(resolve))
})

test('the end of selfheal ends the stream', async t => {
  const { client, server } = await open(t)
  const listening = client.events(() => {}, new AbortController().signal)
  while (server.stats().listeners === 0) await new Promise(resolve => setImmediate(resolve))
  await server.close()
  assert.equal(await listening, 'ended')
})

test('a listener that does not read is given a bounded amount, and let go in the end', async t => {
  const { events, server, clock } = await open(t)
  const socket = connect(server.address)
  socket.on('error', () => {})
  t.after(() => socket.destroy())
  socket.write('GET /v1/events HTTP/1.1\r\nhost: x\r\n\r\n')
  while (server.stats().listeners === 0) await new Promise(resolve => setImmediate(resolve))
  const words = 'x'.repeat(10_000)
  for (let n = 0; n < 1_000; n++) events.emit('control.acted', 'here', { path: 'p', verb: 'v', by: words, why: '' })
  assert.ok(server.stats().missed > 500, `missed ${server.stats().missed}`)
  const told: Event[] = []
  events.on('control.listener_dropped', event => told.push(event))
  await clock.advance(60_000)
  assert.deepEqual([server.stats().listeners, server.stats().dropped, told.length], [0, 1, 1])
})

test('a socket whose name was removed is made again', async t => {
  const { client, server, clock, folder } = await open(t)
  rmSync(server.address)
  rmSync(join(folder, 'control'))
  assert.equal((await refusal(client.parts())).code, 'SELFHEAL_NOTHING_RUNS')
  await clock.advance(10_000)
  while (server.stats().rebound === 0 || readControlFile(folder) === undefined)
    await new Promise(resolve => setImmediate(resolve))
  assert.equal((await client.parts()).pid, process.pid)
})

test('a state folder with a long path has its socket elsewhere, in a place of its user alone', async t => {
  const folder = join(place(t), 'long-'.repeat(20))
  mkdirSync(folder)
  const { client, server } = await open(t, folder)
  assert.ok(!server.address.startsWith(folder) && Buffer.byteLength(server.address) <= 100)
  assert.equal(statSync(join(server.address, '..')).mode & 0o777, 0o700)
  assert.equal((await client.parts()).pid, process.pid)
})

test('where nothing runs, or no more, that is said', async t => {
  const folder = place(t)
  assert.equal((await refusal(controlClient(folder).parts())).code, 'SELFHEAL_NOTHING_RUNS')
  assert.equal((await refusal(controlClient(join(folder, 'nowhere')).parts())).code, 'SELFHEAL_NOTHING_RUNS')
  writeControlFile(folder, { v: 1, pid: 1, address: join(folder, 'control.sock'), since: 0 })
  assert.equal((await refusal(controlClient(folder).parts())).code, 'SELFHEAL_NOTHING_RUNS')
  assert.equal(
    (await refusal(controlClient(folder).events(() => {}, new AbortController().signal))).code,
    'SELFHEAL_NOTHING_RUNS',
  )
})

test('a second lock on the same folder is refused and names the holder; a released one is free', t => {
  const folder = place(t)
  const lock = lockState(folder)
  assert.throws(
    () => lockState(folder),
    (error: SelfhealError) => error.code === 'SELFHEAL_RUNS_ALREADY' && error.message.includes(`pid ${process.pid}`),
  )
  lock.release()
  lock.release()
  assert.ok(!existsSync(join(folder, 'control')))
  lockState(folder).release()
})

test('the control server needs the lock', async t => {
  await assert.rejects(controlServer({ folder: place(t), parts: () => [], events: createEvents(), version: '1' }), /lockState/)
})
