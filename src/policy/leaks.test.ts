// Calls without number leave nothing behind: no listener, no timer, no memory; also on one signal that lives as long as the process.
import assert from 'node:assert/strict'
import { getEventListeners } from 'node:events'
import { test } from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { breaker, guard } from './index.ts'

setFlagsFromString('--expose-gc')
const gc = runInNewContext('gc') as () => void
const timers = () => process.getActiveResourcesInfo().filter(name => name === 'Timeout' || name === 'Immediate').length
/** `npm run proof:leaks` makes it a million. */
const CALLS = Number(process.env['SELFHEAL_CALLS'] ?? 100_000)
const turn = () => new Promise(setImmediate)

async function heapAfter(calls: number, call: (i: number) => Promise<unknown>): Promise<number> {
  for (let i = 0; i < calls; i += 100) await Promise.all(Array.from({ length: 100 }, (_, n) => call(i + n)))
  await turn()
  gc()
  gc()
  return process.memoryUsage().heapUsed
}

/**
 * What so many calls leave: the middle of three rounds, for what is compiled, or kept by V8 for a while, comes once, and a leak comes each
 * time.
 */
async function keptOf(calls: number, call: (i: number) => Promise<unknown>): Promise<number> {
  const used = [await heapAfter(calls, call)]
  for (let round = 0; round < 3; round++) used.push(await heapAfter(calls, call))
  return used
    .slice(1)
    .map((bytes, i) => bytes - used[i]!)
    .sort((a, b) => a - b)[1]!
}

test('calls without number on one long-lived signal, through every gate, leave no listener, no timer and no memory', async () => {
  const { signal } = new AbortController()
  const g = guard({ name: 'db', deadline: '10s', timeout: '3s', retry: { attempts: 3 }, breaker: {}, limit: 200 })
  const call = (i: number) => g.run(async call => (i % 10 === 0 ? call.signal.aborted : i), { signal, idempotent: i % 3 === 0 })
  await heapAfter(10_000, call)
  const timersBefore = timers()
  const kept = await keptOf(CALLS / 3, call)
  // Ten bytes a call: the smallest object is larger.
  assert.ok(kept < (CALLS / 3) * 10, `grew by ${kept} bytes`)
  assert.equal(getEventListeners(signal, 'abort').length, 0)
  assert.ok(timers() <= timersBefore + 1)
  assert.equal(g.limit!.running(), 0)
})

test('keys without end are bounded, and a breaker that is open is never forgotten', async () => {
  const b = breaker({ name: 'tenants', maxKeys: 100 })
  for (let i = 0; i < 5; i++)
    await b.run(() => Promise.reject(Object.assign(new Error('x'), { code: 'ECONNREFUSED' })), { key: 'sick' }).catch(() => {})
  assert.equal(b.state('sick'), 'open')
  const call = (i: number) => b.run(() => i, { key: `tenant-${i}` })
  const kept = await keptOf(20_000, call)
  assert.ok(kept < 500_000, `grew by ${kept} bytes`)
  assert.equal(b.state('sick'), 'open')
  assert.ok((b.snapshot() as { keys: number }).keys <= 101)
})

test('when every key is open, newcomers share one, and still none is forgotten', async () => {
  const b = breaker({ name: 'tenants', key: undefined as never, maxKeys: 3, connects: 1 })
  const down = () => Promise.reject(Object.assign(new Error('x'), { code: 'ECONNREFUSED' }))
  for (const key of ['a', 'b', 'c', 'd', 'e']) await b.run(down, { key }).catch(() => {})
  const { keys } = b.snapshot() as { keys: number }
  assert.ok(keys <= 4, `${keys} keys`)
  assert.equal(b.state('b'), 'open')
})
