// compute() in real threads: what it ends has ended, what it refuses was not run, and the process lives through all of it.
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { createEvents } from 'selfheal'
import { type ComputeOptions, compute } from 'selfheal/compute'
import { runInFrame } from 'selfheal/core'
import { until } from './program/kit.ts'

interface Task {
  readonly does: string
  readonly n?: number
  readonly ms?: number
  readonly file?: string
}
const file = new URL('./compute/work.mjs', import.meta.url)

function made(t: TestContext, options: ComputeOptions = {}) {
  const it = compute<Task, number>(file, options)
  t.after(() => it[Symbol.asyncDispose]())
  return it
}
const counts = (it: { snapshot(): unknown }) => it.snapshot() as Record<string, number>

test('a task gives its value, or its own error untouched', async t => {
  const it = made(t)
  assert.equal(await it.run({ does: 'add', n: 1 }), 2)
  await assert.rejects(it.run({ does: 'throw' }), { name: 'RangeError', message: 'no such index' })
  assert.equal(await it.run({ does: 'add', n: 2 }), 3)
})

test('for(;;) past its timeout is ended for real: it writes no more, and the slot serves the next', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'selfheal-compute-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const events = createEvents()
  const told: string[] = []
  events.on('*', ({ name }) => told.push(name))
  const it = made(t, { timeout: 1_500, events })
  const spins = join(folder, 'spins')
  await assert.rejects(it.run({ does: 'spin', file: spins }), { code: 'SELFHEAL_COMPUTE_TIMEOUT', ran: 'maybe' })
  await until('the thread to have ended', () => told.includes('compute.timed_out'))
  const last = readFileSync(spins, 'utf8')
  assert.ok(last !== '', 'it did run')
  await wait(200)
  assert.equal(readFileSync(spins, 'utf8'), last)
  assert.equal(await it.run({ does: 'add', n: 1 }), 2)
  assert.equal(counts(it)['running'], 0)
})

test('a nearer deadline of the caller counts, and so does its abort', async t => {
  const it = made(t, { timeout: '60s' })
  await it.run({ does: 'add' })
  const late = runInFrame({ deadline: performance.now() + 100 }, () => it.run({ does: 'wait', ms: 600_000 }))
  await assert.rejects(late, { code: 'SELFHEAL_COMPUTE_TIMEOUT' })
  const controller = new AbortController()
  const aborted = it.run({ does: 'wait', ms: 600_000 }, { signal: controller.signal })
  const why = new Error('the customer went away')
  setImmediate(() => controller.abort(why))
  await assert.rejects(aborted, why)
  assert.equal(await it.run({ does: 'add', n: 1 }), 2)
})

test('more than there are threads wait in line; the line is bounded, and an abort in it frees its place at once', async t => {
  const it = made(t, { threads: 1, queue: 2 })
  const gate = new AbortController()
  const first = it.run({ does: 'wait', ms: 600_000 }, { signal: gate.signal })
  const controller = new AbortController()
  const second = it.run({ does: 'add', n: 1 }, { signal: controller.signal })
  const third = it.run({ does: 'add', n: 2 })
  await assert.rejects(it.run({ does: 'add' }), { code: 'SELFHEAL_COMPUTE_FULL', ran: 'no' })
  controller.abort()
  await assert.rejects(second, { name: 'AbortError' })
  const fourth = it.run({ does: 'add', n: 3 })
  gate.abort()
  await assert.rejects(first, { name: 'AbortError' })
  assert.deepEqual(await Promise.all([third, fourth]), [3, 4])
})

test('one that waits past its deadline was not run, and says so', async t => {
  const it = made(t)
  const gate = new AbortController()
  const first = it.run({ does: 'wait', ms: 600_000 }, { signal: gate.signal })
  await assert.rejects(it.run({ does: 'add' }, { deadline: 20 }), { code: 'SELFHEAL_COMPUTE_WAITED', ran: 'no' })
  gate.abort()
  await assert.rejects(first)
})

test('one that needs more memory than a thread may have fails alone', async t => {
  const it = made(t, { memoryMb: 32 })
  await assert.rejects(it.run({ does: 'leak' }), /memory/i)
  assert.equal(await it.run({ does: 'add', n: 1 }), 2)
})

test('closed: those in line are told, and nothing runs any more', async () => {
  const it = compute<Task, number>(file)
  const first = it.run({ does: 'wait', ms: 600_000 })
  const second = it.run({ does: 'add' })
  await Promise.all([
    assert.rejects(first),
    assert.rejects(second, { code: 'SELFHEAL_COMPUTE_CLOSED' }),
    it[Symbol.asyncDispose](),
  ])
  await assert.rejects(it.run({ does: 'add' }), { code: 'SELFHEAL_COMPUTE_CLOSED' })
})

test('impossible options are refused together', () => {
  assert.throws(() => compute(file, { timeout: 0, threads: 0, queue: -1, thread: 2 } as ComputeOptions), {
    code: 'SELFHEAL_CONFIG',
    message: /thread .*timeout .*threads .*queue/,
  })
})
