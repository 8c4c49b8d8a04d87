// Each fault over real sockets: a server that echoes, the proxy before it, a caller.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { after, afterEach, before, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { faultsInForce, healAll } from '../in-force.ts'
import { bandwidth } from './bandwidth.ts'
import { blackHole } from './black-hole.ts'
import { dataLimit } from './data-limit.ts'
import { down } from './down.ts'
import { hang } from './hang.ts'
import { latency } from './latency.ts'
import { type FaultProxy, faultProxy } from './proxy.ts'
import { reset } from './reset.ts'
import { slicer } from './slicer.ts'
import { slowClose } from './slow-close.ts'

let server: Server
let proxy: FaultProxy
const open = new Set<Socket>()

before(async () => {
  server = createServer({ allowHalfOpen: true }, socket => {
    socket.on('error', () => {})
    socket.pipe(socket)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  proxy = await faultProxy({ to: { host: '127.0.0.1', port: (server.address() as { port: number }).port } })
})
afterEach(async () => {
  await healAll()
  for (const socket of open) socket.destroy()
})
after(async () => {
  await proxy.close()
  server.close()
})

test('it passes everything through, both ways, and the end too', async () => {
  const { socket, answer } = await caller()
  const sent = Buffer.alloc(3_000_000, 'x')
  socket.end(sent)
  assert.equal((await answer).length, sent.length)
})

test('latency: an answer is later by that, many on their way are not later by the sum, order is kept, and healed it is quick again', async () => {
  const heal = await proxy.put(latency({ ms: 150, jitterMs: 20 }), 20_000)
  const { socket, chunks } = await caller()
  const begin = performance.now()
  for (let i = 0; i < 10; i++) {
    socket.write(`${i},`)
    await wait(5)
  }
  await until(() => text(chunks).length === 20)
  const tookMs = performance.now() - begin
  assert.equal(text(chunks), '0,1,2,3,4,5,6,7,8,9,')
  assert.ok(tookMs >= 130, `${tookMs}`)
  assert.ok(tookMs < 10 * 130, `ten waits, one after the other: ${tookMs}`)
  const slow = proxy.put(latency({ ms: 60_000 }), 60_000)
  socket.write('late')
  await wait(20)
  await (await slow)()
  await heal()
  await until(() => text(chunks).endsWith('late'))
})

test('down: open connections break, new ones are refused, and healed it is the same port', async () => {
  const { socket, failed } = await caller()
  const heal = await proxy.put(down(), 20_000)
  assert.equal(await failed, 'ECONNRESET')
  assert.ok(socket.destroyed)
  assert.equal(await (await caller({ refused: true })).failed, 'ECONNREFUSED')
  await heal()
  await echoes(await caller())
})

test('bandwidth: bytes take their time', async () => {
  await proxy.put(bandwidth({ bytesPerSecond: 10_000, way: 'up' }), 20_000)
  const { socket, answer } = await caller()
  const begin = performance.now()
  socket.end(Buffer.alloc(3_000))
  assert.equal((await answer).length, 3_000)
  assert.ok(performance.now() - begin >= 290)
})

test('slow close: what was said is heard at once, the goodbye later', async () => {
  await proxy.put(slowClose({ ms: 200 }), 20_000)
  const { socket, chunks, answer } = await caller()
  const begin = performance.now()
  socket.end('bye')
  await until(() => text(chunks) === 'bye')
  await answer
  assert.ok(performance.now() - begin >= 190)
})

test('hang: taken, and silent; healed, what was sent meanwhile is answered', async () => {
  const heal = await proxy.put(hang(), 20_000)
  const { socket, chunks } = await caller()
  socket.write('anybody there?')
  await wait(100)
  assert.equal(text(chunks), '')
  await heal()
  await until(() => text(chunks) === 'anybody there?')
})

test('hang keeps no more than memory allows: the rest waits with its sender', async () => {
  const heal = await proxy.put(hang(), 20_000)
  const { socket, chunks } = await caller()
  const piece = Buffer.alloc(1024 * 1024)
  let wrote = 0
  while (wrote < 64 && socket.write(piece)) wrote++
  for (let i = 0; i < 40; i++) socket.write(piece)
  await wait(300)
  assert.ok(socket.writableLength > 0, 'the caller feels back-pressure')
  await heal()
  await until(
    () => chunks.reduce((sum, chunk) => sum + chunk.length, 0) === (wrote + 40) * piece.length + (wrote < 64 ? piece.length : 0),
  )
})

test('reset: broken at once, or a while after it first carried something', async () => {
  const heal = await proxy.put(reset(), 20_000)
  assert.equal(await (await caller()).failed, 'ECONNRESET')
  await heal()
  await proxy.put(reset({ afterMs: 50 }), 20_000)
  const later = await caller()
  later.socket.write('hello')
  await until(() => text(later.chunks) === 'hello')
  assert.equal(await later.failed, 'ECONNRESET')
})

test('slicer: it comes in pieces, all of it, in order', async () => {
  await proxy.put(slicer({ bytes: 3, delayMs: 5, way: 'down' }), 20_000)
  const { socket, chunks } = await caller()
  socket.write('abcdefgh')
  await until(() => text(chunks).length === 8)
  assert.equal(text(chunks), 'abcdefgh')
  assert.ok(chunks.length >= 2, `${chunks.length} pieces`)
})

test('data limit: so many bytes, then it is closed', async () => {
  await proxy.put(dataLimit({ bytes: 5 }), 20_000)
  const { socket, answer } = await caller()
  socket.write('abcdefgh')
  assert.equal((await answer).toString(), 'abcde')
})

test('black hole: nothing comes, not even the end; healed, the connection is broken and the next one works', async () => {
  const before = await caller()
  const heal = await proxy.put(blackHole(), 20_000)
  const held = await caller()
  before.socket.write('lost')
  held.socket.write('lost')
  await wait(100)
  assert.equal(text(before.chunks) + text(held.chunks), '')
  await heal()
  assert.deepEqual(await Promise.all([before.failed, held.failed]), ['ECONNRESET', 'ECONNRESET'])
  await echoes(await caller())
})

test('faults add up', async () => {
  await proxy.put(latency({ ms: 100 }), 20_000)
  await proxy.put(slicer({ bytes: 2, delayMs: 1, way: 'down' }), 20_000)
  const { socket, chunks } = await caller()
  const begin = performance.now()
  socket.write('abcdef')
  await until(() => text(chunks) === 'abcdef')
  assert.ok(performance.now() - begin >= 95)
})

test('every fault ends by itself, and none is taken without an end', async () => {
  await proxy.put(down(), 60)
  assert.equal(faultsInForce().length, 1)
  await until(() => faultsInForce().length === 0)
  await untilAsync(async () => (await caller({ refused: true })).socket.destroyed === false)
  for (const forMs of [Number.NaN, 0, Number.POSITIVE_INFINITY, 3_600_000])
    await assert.rejects(proxy.put(down(), forMs), { code: 'SELFHEAL_USAGE' })
  assert.equal(faultsInForce().length, 0)
})

test('one switch heals all of them', async () => {
  await proxy.put(hang(), 20_000)
  await proxy.put(down(), 20_000)
  assert.equal(faultsInForce().length, 2)
  await healAll()
  assert.deepEqual(faultsInForce(), [])
  await echoes(await caller())
})

async function caller({ refused = false } = {}) {
  const socket = connect(proxy.address)
  open.add(socket)
  const chunks: Buffer[] = []
  socket.on('data', chunk => chunks.push(chunk))
  const failed = new Promise<string>(resolve =>
    socket.once('error', error => resolve((error as NodeJS.ErrnoException).code ?? '')),
  )
  const answer = once(socket, 'end').then(
    () => Buffer.concat(chunks),
    () => Buffer.alloc(0),
  )
  if (refused) await Promise.race([failed, once(socket, 'connect')])
  else await once(socket, 'connect').catch(() => {})
  return { socket, chunks, answer, failed }
}

async function echoes({ socket, chunks }: Awaited<ReturnType<typeof caller>>) {
  socket.write('again')
  await until(() => text(chunks) === 'again')
}

const text = (chunks: readonly Buffer[]) => Buffer.concat(chunks).toString()

async function until(is: () => boolean): Promise<void> {
  while (!is()) await wait(2)
}

async function untilAsync(is: () => Promise<boolean>): Promise<void> {
  while (!(await is())) await wait(10)
}
