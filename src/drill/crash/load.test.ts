import assert from 'node:assert/strict'
import { test } from 'node:test'
import { manualClock } from '../../testing/index.ts'
import { tookMs } from './figures.ts'
import { type Answer, load } from './load.ts'

const ok: Answer = { kind: 'ok', says: '200' }

test('requests leave at their times although none is answered', async () => {
  const clock = manualClock()
  const left: number[] = []
  const run = load({
    rate: 10,
    durationMs: 1_000,
    clock,
    ask: () => {
      left.push(clock.now())
      return new Promise(() => {})
    },
  })
  await clock.advance(5_000)
  assert.deepEqual(left, [0, 100, 200, 300, 400, 500, 600, 700, 800, 900])
  assert.equal(run.inFlight(), 10)
  assert.equal(run.ended.length, 0)
})

test('it is done when the last has ended, not when the last has left', async () => {
  const clock = manualClock()
  const run = load({
    rate: 2,
    durationMs: 1_000,
    clock,
    ask: () => new Promise(resolve => void clock.after(700, () => resolve(ok))),
  })
  let done = false
  void run.done.then(() => (done = true))
  await clock.advance(1_100)
  assert.equal(done, false)
  await clock.advance(100)
  assert.equal(done, true)
  assert.deepEqual((await run.done).map(({ dueMs, endMs }) => [dueMs, endMs]), [[0, 700], [500, 1_200]]) // biome-ignore format: a table
})

test('a request that the drill sent late has waited since it was due', async () => {
  const clock = manualClock()
  const busy = { ...clock, after: (ms: number, fn: () => void) => clock.after(ms + 250, fn) }
  const run = load({ rate: 10, durationMs: 500, clock: busy, ask: async () => ok })
  await clock.advance(2_000)
  const took = (await run.done).map(tookMs)
  assert.equal(took.length, 5)
  // The timer for 100 came at 350: what was due at 100, 200 and 300 leaves together then.
  assert.deepEqual(took, [0, 250, 150, 50, 250])
})

test('far behind, it lets answers in before it sends on', async () => {
  const clock = manualClock()
  let lateMs = 1_000
  let inATurn = 0
  let most = 0
  const stalled = {
    ...clock,
    after: (ms: number, fn: () => void) =>
      clock.after(ms + lateMs, () => {
        inATurn = 0
        fn()
      }),
  }
  const ask = async () => {
    most = Math.max(most, ++inATurn)
    return ok
  }
  const run = load({ rate: 1_000, durationMs: 500, clock: stalled, ask })
  lateMs = 0
  await clock.advance(5_000)
  assert.equal((await run.done).length, 500)
  assert.equal(most, 50)
})

test('stopped, it sends no more, and is done when those on their way have ended', async () => {
  const clock = manualClock()
  const run = load({
    rate: 10,
    durationMs: 10_000,
    clock,
    ask: () => new Promise(resolve => void clock.after(50, () => resolve(ok))),
  })
  await clock.advance(210)
  run.stop()
  await clock.advance(10_000)
  assert.equal((await run.done).length, 3)
  assert.equal(clock.pending(), 0)
})
