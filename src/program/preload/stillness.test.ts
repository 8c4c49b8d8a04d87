import assert from 'node:assert/strict'
import { test } from 'node:test'
import { stillness } from './stillness.ts'

test('time without a tick counts; one tick ends it', () => {
  const still = stillness(250, 0)
  let ticks = 1
  const looks = [250, 500, 750, 1_000].map(now => still.look(ticks, now))
  assert.deepEqual(looks, [0, 250, 500, 750])
  assert.equal(still.look(++ticks, 1_250), 0)
})

test('a loop that is busy nine tenths of the time, in blocks of 200 ms, never stands still for long', () => {
  const still = stillness(250, 0)
  let worst = 0
  // Its timer of 100 ms comes once a block.
  for (let now = 250; now < 60_000; now += 250) worst = Math.max(worst, still.look(Math.floor(now / 220), now))
  assert.ok(worst <= 250, `${worst} ms`)
})

test('a machine that slept for an hour has not hung', () => {
  const still = stillness(250, 0)
  still.look(1, 250)
  still.look(2, 500)
  assert.ok(still.look(2, 3_600_000) <= 500)
  assert.ok(still.look(2, 3_600_250) <= 750)
  assert.equal(still.look(3, 3_600_500), 0)
})

test('one that was stuck before the machine slept is stuck after it, for its own time only', () => {
  const still = stillness(250, 0)
  still.look(1, 250)
  for (let now = 500; now <= 3_000; now += 250) still.look(1, now)
  const after = still.look(1, 100_000)
  assert.ok(after >= 2_750 && after <= 3_500, `${after} ms`)
})
