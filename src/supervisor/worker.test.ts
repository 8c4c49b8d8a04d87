// Real threads: what is asserted is order and reasons, never times.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { manualClock } from '../testing/index.ts'
import { type Child, type Life, startRoot, supervisor, type ThreadOptions, worker } from './index.ts'

const folder = mkdtempSync(join(tmpdir(), 'selfheal-worker-'))
const children: Child[] = []
after(() => {
  for (const child of children) child.kill()
  rmSync(folder, { recursive: true, force: true })
})
const door = JSON.stringify(new URL('./index.ts', import.meta.url).href)
let n = 0

/** Starts a thread that runs `code` as a module. */
async function start(code: string, options?: ThreadOptions, as: 'url' | 'path' = 'url', beat = () => {}) {
  const file = join(folder, `thread-${n++}.mjs`)
  writeFileSync(file, code)
  const controller = new AbortController()
  const life: Life = { id: 'a', path: 'app/a', generation: 3, signal: controller.signal, beat }
  const started = worker(as === 'url' ? pathToFileURL(file) : file, options).start(life)
  started.then(
    child => children.push(child as Child),
    () => {},
  )
  return { started, abort: () => controller.abort() }
}
const up = async (...args: Parameters<typeof start>) => {
  const { started, abort } = await start(...args)
  return { child: (await started) as Child<import('node:worker_threads').Worker>, abort }
}

test('a module that exports start lives as long as its promise, knows its life, and is asked by its signal', async () => {
  const code = `
    import { parentPort, workerData } from 'node:worker_threads'
    export async function start(life) {
      parentPort.on('message', () =>
        parentPort.postMessage([life.id, life.path, life.generation, life.signal.aborted, workerData.answer]))
      await new Promise(resolve => life.signal.addEventListener('abort', resolve))
    }`
  const { started, abort } = await start(code, { data: { answer: 42 } }, 'path')
  const child = (await started) as Child<import('node:worker_threads').Worker>
  child.handle.postMessage('who are you?')
  const [message] = await once(child.handle, 'message')
  assert.deepEqual(message, ['a', 'app/a', 3, false, 42])
  abort()
  assert.deepEqual(await child.exited, { reason: 'shutdown', code: 0 })
})

test('a module is ready when it has run, top-level await included; one that takes no signal is terminated when it is asked to stop', async () => {
  const code = `
    import { parentPort } from 'node:worker_threads'
    parentPort.postMessage('before')
    await new Promise(resolve => parentPort.once('message', resolve))
    parentPort.on('message', () => {})`
  const { started, abort } = await start(code)
  let ready = false
  started.then(
    () => {
      ready = true
    },
    () => {},
  )
  await new Promise(resolve => setImmediate(resolve))
  assert.equal(ready, false)
  abort()
  await assert.rejects(started, /before it was ready/)
  const { child, abort: stop } = await up(`import { parentPort } from 'node:worker_threads'; parentPort.on('message', () => {})`)
  stop()
  assert.equal((await child.exited).reason, 'shutdown')
})

test('a thread that says itself when it is ready, and takes its signal, is asked', async () => {
  const code = `
    import { parentPort } from 'node:worker_threads'
    import { thisLife } from ${door}
    const life = thisLife()
    life.signal.addEventListener('abort', () => { parentPort.postMessage('asked'); parentPort.close() })
    parentPort.on('message', () => {})
    setImmediate(() => life.ready())`
  const { child, abort } = await up(code, { ready: 'told' })
  const asked = once(child.handle, 'message')
  abort()
  assert.deepEqual(await asked, ['asked'])
  assert.equal((await child.exited).reason, 'shutdown')
})

test('a crash, an exit code, a normal end and a used-up heap are told apart', async () => {
  const later = (what: string) => `setImmediate(() => { ${what} })`
  const crashed = await (await up(later(`throw new TypeError('x')`))).child.exited
  assert.deepEqual([crashed.reason, crashed.what, (crashed.error as Error).name], ['error', 'uncaught', 'TypeError'])
  assert.deepEqual(await (await up(later('process.exit(7)'))).child.exited, { reason: 'error', what: 'code', code: 7 })
  assert.deepEqual(await (await up(later(''))).child.exited, { reason: 'normal', code: 0 })
  const hungry = later('const all = []; for (;;) all.push(new Array(10_000).fill(all.length))')
  const full = await (await up(hungry, { thread: { resourceLimits: { maxOldGenerationSizeMb: 16 } } })).child.exited
  assert.deepEqual([full.reason, full.what], ['error', 'oom'])
})

test('a module that throws, does not load, or is not there has failed to start with that error', async () => {
  await assert.rejects((await start(`throw new TypeError('bad start')`)).started, { name: 'TypeError', message: 'bad start' })
  await assert.rejects((await start('const = 1')).started, { name: 'SyntaxError' })
  const life: Life = { id: 'a', path: 'a', generation: 1, signal: new AbortController().signal, beat: () => {} }
  await assert.rejects(worker(join(folder, 'none.mjs')).start(life), { code: 'ERR_MODULE_NOT_FOUND' })
})

test('a loop that never ends is killed', async () => {
  const { child } = await up('export async function start() { setImmediate(() => { for (;;); }); await new Promise(() => {}) }')
  assert.equal(child.kill(), true)
  assert.equal((await child.exited).reason, 'killed')
})

test('a thread beats by itself off its event loop; one whose loop stands still is found hung, killed, and restarted', async () => {
  const beaten = Promise.withResolvers<void>()
  const { child } = await up('setInterval(() => {}, 1_000)', { beatEvery: 1 }, 'url', beaten.resolve)
  await beaten.promise
  child.kill()
  await child.exited
  const file = join(folder, 'stuck.mjs')
  writeFileSync(
    file,
    "import { workerData } from 'node:worker_threads'\nif (workerData.selfheal.generation === 1) setImmediate(() => { for (;;); })\nelse setInterval(() => {}, 1_000)",
  )
  const clock = manualClock()
  const stuck = { id: 'stuck', component: worker(file, { beatEvery: '1s' }), heartbeat: '5s', shutdown: 'brutal_kill' } as const
  const root = await startRoot(supervisor({ children: [stuck] }), { clock })
  await clock.advance(5_000)
  while (root.handle.whichChild('stuck').generation === 1 || root.handle.whichChild('stuck').state !== 'running')
    await clock.advance(0)
  assert.equal(root.handle.whichChild('stuck').last!.exit.what, 'hang')
  await root.stop()
  assert.throws(() => worker(file, { beatEvery: 0 }), /worker: beatEvery must be more than 0/)
})
