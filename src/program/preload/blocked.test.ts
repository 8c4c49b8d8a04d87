import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Stood, watchBlocked } from './blocked.ts'

function watched() {
  const told: Stood[] = []
  let ticks = 1
  let glances = 0
  let left = 0
  const watch = watchBlocked(
    { hangMs: 5_000, ticks: () => ticks, route: () => 'GET /slow', tell: one => told.push(one) },
    async same => {
      glances++
      const stack = same() ? ['sort (app.mjs:3:1)'] : []
      return {
        end() {
          left++
          return stack
        },
      }
    },
  )
  return {
    told,
    glances: () => glances,
    left: () => left,
    tick: () => ++ticks,
    look: (stillMs: number, now: number) => watch.look(ticks, stillMs, now),
    giveUp: () => watch.giveUp(),
    settled: () => new Promise(resolve => setImmediate(resolve)),
  }
}

test('what stood still for half a second and goes on is told once it does: for how long, where, for whom', async () => {
  const w = watched()
  w.look(250, 1_250)
  assert.equal(w.glances(), 0)
  w.look(500, 1_500)
  w.look(750, 1_750)
  assert.equal(w.glances(), 1)
  assert.deepEqual(w.told, [])
  w.tick()
  w.look(0, 2_000)
  await w.settled()
  assert.deepEqual(w.told, [{ forMs: 1_000, stack: ['sort (app.mjs:3:1)'], route: 'GET /slow' }])
})

test('within a minute no other is asked for', async () => {
  const w = watched()
  for (const [at, asked] of [
    [1_500, 1],
    [30_000, 1],
    [61_500, 2],
  ] as const) {
    w.look(500, at)
    w.tick()
    w.look(0, at + 250)
    await w.settled()
    assert.equal(w.glances(), asked)
    assert.equal(w.told.length, asked)
  }
})

test('one that hangs is not told, and is left in peace for who asks then', async () => {
  const w = watched()
  w.look(500, 1_500)
  w.giveUp()
  await w.settled()
  assert.equal(w.left(), 1)
  w.look(5_000, 70_000)
  assert.equal(w.glances(), 1)
  assert.deepEqual(w.told, [])
})
