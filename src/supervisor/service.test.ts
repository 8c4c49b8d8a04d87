import assert from 'node:assert/strict'
import { EventEmitter, once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { test } from 'node:test'
import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises'
import { currentFrame } from '../core/index.ts'
import { type Child, type Component, type Exit, type Life, service, startRoot, supervisor } from './index.ts'

async function start<H>(component: Component<H>) {
  const controller = new AbortController()
  const life: Life = { id: 'a', path: 'app/a', generation: 1, signal: controller.signal, beat: () => {} }
  const child = (await component.start(life)) as Child<H>
  const stop = (): Promise<Exit> => {
    controller.abort()
    return child.exited
  }
  return { child, stop, life, abort: () => controller.abort() }
}

test('an async function is ready once called, and its promise is its life', async () => {
  const work = Promise.withResolvers<void>()
  const { child } = await start(service(() => work.promise))
  assert.equal(child.kill(), false)
  work.resolve()
  assert.deepEqual(await child.exited, { reason: 'normal' })
})

test('an async function that throws has crashed with that error, untouched', async () => {
  const error = new Error('boom')
  const { child } = await start(service(() => Promise.reject(error)))
  assert.deepEqual(await child.exited, { reason: 'error', what: 'uncaught', error })
})

test('an async function that ends, or passes on the abort, when it was asked to has ended with shutdown', async () => {
  const waits = service(life => sleep(3_600_000, undefined, { signal: life.signal }))
  assert.deepEqual(await (await start(waits)).stop(), { reason: 'shutdown' })
  const returns = service(life => once(life.signal, 'abort'))
  assert.deepEqual(await (await start(returns)).stop(), { reason: 'shutdown' })
  const error = new Error('could not flush')
  const fails = service(life => once(life.signal, 'abort').then(() => Promise.reject(error)))
  assert.deepEqual(await (await start(fails)).stop(), { reason: 'error', what: 'uncaught', error })
})

test('a function that throws before it gave its promise, or gives none, has failed to start', async () => {
  const throwing = service(() => {
    throw new Error('no port')
  })
  await assert.rejects(start(throwing), /no port/)
  await assert.rejects(start(service(() => 7 as never)), /must give a promise/)
  assert.throws(() => service(7 as never), TypeError)
})

test('an object is ready when its start is, hands over what it started, and has ended when its stop has', async () => {
  const log: string[] = []
  const pool = service({
    async start(life) {
      log.push(`start ${life.generation}`)
      await turn()
      return { query: () => 42 }
    },
    async stop({ query }) {
      await turn()
      log.push(`stop ${query()}`)
    },
  })
  const { child, stop } = await start(pool)
  assert.equal(child.handle.query(), 42)
  assert.deepEqual(await stop(), { reason: 'shutdown' })
  assert.deepEqual(log, ['start 1', 'stop 42'])
})

test('an object that is asked to stop while it starts is stopped, and its start rejects', async () => {
  const started = Promise.withResolvers<string>()
  const stopped: string[] = []
  const controller = new AbortController()
  const component = service({ start: () => started.promise, stop: handle => stopped.push(handle) })
  const child = component.start({ id: 'a', path: 'a', generation: 1, signal: controller.signal, beat: () => {} })
  controller.abort()
  started.resolve('pool')
  await assert.rejects(child, { name: 'AbortError' })
  assert.deepEqual(stopped, ['pool'])
})

test('an object whose stop fails has ended with that error', async () => {
  const error = new Error('stuck')
  const { stop } = await start(service({ start: () => 1, stop: () => Promise.reject(error) }))
  assert.deepEqual(await stop(), { reason: 'error', what: 'uncaught', error })
})

test('a server is ready when it listens, and is closed when it is asked to stop', async () => {
  const web = service(() => createServer((_, answer) => answer.end('ok')).listen(0, '127.0.0.1'))
  const { child, stop } = await start<Server>(web)
  const { port } = child.handle.address() as AddressInfo
  assert.equal(await (await fetch(`http://127.0.0.1:${port}`, { headers: { connection: 'close' } })).text(), 'ok')
  assert.deepEqual(await stop(), { reason: 'shutdown' })
  const [refused] = (await once(connect(port, '127.0.0.1'), 'error')) as [NodeJS.ErrnoException]
  assert.equal(refused.code, 'ECONNREFUSED')
})

test('a server whose port is taken has failed to start', async () => {
  const first = createServer().listen(0, '127.0.0.1')
  await once(first, 'listening')
  const { port } = first.address() as AddressInfo
  await assert.rejects(start(service(() => createServer().listen(port, '127.0.0.1'))), { code: 'EADDRINUSE' })
  first.close()
})

test("an emitter's error is a crash, its close an end; the error counts when both come", async () => {
  const error = new Error('ECONNRESET')
  const crashed = new EventEmitter()
  const { child } = await start(service((): EventEmitter => crashed))
  crashed.emit('error', error)
  crashed.emit('error', new Error('later'))
  crashed.emit('close')
  assert.deepEqual(await child.exited, { reason: 'error', what: 'uncaught', error })
  const closed = new EventEmitter()
  const { child: other } = await start(service({ start: async () => closed }))
  closed.emit('close')
  assert.deepEqual(await other.exited, { reason: 'normal' })
  const open = await start(service((): EventEmitter => new EventEmitter()))
  assert.deepEqual(await open.stop(), { reason: 'shutdown' })
})

test("an object's emitter is stopped by the object's own stop", async () => {
  const emitter = new EventEmitter()
  const stops: unknown[] = []
  const { stop } = await start(service({ start: () => emitter, stop: handle => stops.push(handle) }))
  assert.deepEqual(await stop(), { reason: 'shutdown' })
  assert.deepEqual(stops, [emitter])
})

test('under a supervisor a service knows itself as the owner of what it runs, also after awaiting', async () => {
  const owners: (string | undefined)[] = []
  const component = service(async life => {
    await turn()
    owners.push(currentFrame()?.owner)
    await once(life.signal, 'abort')
    owners.push(currentFrame()?.owner)
  })
  const root = await startRoot(supervisor({ children: [{ id: 'mailer', component }] }))
  await turn()
  await turn()
  await root.stop()
  assert.deepEqual(owners, ['app/mailer', 'app/mailer'])
})
