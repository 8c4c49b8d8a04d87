import assert from 'node:assert/strict'
import { test } from 'node:test'
import { systemClock } from './clock.ts'

test('the monotonic clock does not go back', () => {
  let before = systemClock.now()
  for (let i = 0; i < 1_000; i++) {
    const now = systemClock.now()
    assert.ok(now >= before)
    before = now
  }
})

test('a timer fires once, after its time and not before', t => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  let fired = 0
  systemClock.after(50, () => fired++)
  t.mock.timers.tick(49)
  assert.equal(fired, 0)
  t.mock.timers.tick(1)
  assert.equal(fired, 1)
  t.mock.timers.tick(1_000)
  assert.equal(fired, 1)
})

test('a wait longer than the machine’s timers can hold is still kept', t => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const days = 24 * 3_600_000
  let fired = 0
  systemClock.after(60 * days, () => fired++)
  for (let day = 1; day < 60; day++) {
    t.mock.timers.tick(days)
    assert.equal(fired, 0, `fired on day ${day}`)
  }
  // The mocked timers start a following step at the end of a tick, not within it: up to a day late for each of two steps.
  for (let day = 60; day <= 62; day++) t.mock.timers.tick(days)
  assert.equal(fired, 1)
})

test('a wait without end never fires', t => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  let fired = 0
  const undo = systemClock.after(Number.POSITIVE_INFINITY, () => fired++)
  for (let i = 0; i < 5; i++) t.mock.timers.tick(2 ** 31)
  assert.equal(fired, 0)
  undo()
})

test('an undone timer does not fire, also in a later step of a long wait, and undoing twice does no harm', t => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  let fired = 0
  const short = systemClock.after(10, () => fired++)
  const long = systemClock.after(2 ** 32, () => fired++)
  short()
  short()
  t.mock.timers.tick(2 ** 31)
  long()
  long()
  t.mock.timers.tick(2 ** 31)
  t.mock.timers.tick(2 ** 31)
  assert.equal(fired, 0)
})

test('a wait that is over already fires on the next turn', t => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  let fired = 0
  systemClock.after(-5, () => fired++)
  assert.equal(fired, 0)
  t.mock.timers.tick(1)
  assert.equal(fired, 1)
})
