// The timer wheel armed itself for 0 ms again and again when its clock had been stepped back, until the clock had caught up.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Clock } from '../../src/core/index.ts'
import { NOWHERE, type WheelNode, wheelOf } from '../../src/policy/wheel.ts'

test('after its clock was stepped back an hour the wheel arms once for each that is due, and rings in time', () => {
  let now = 3_600_000
  let armed: { at: number; fn: () => void }[] = []
  const clock: Clock = {
    now: () => now,
    wall: () => now,
    after(ms, fn) {
      const one = { at: now + ms, fn }
      armed.push(one)
      return () => void (armed = armed.filter(other => other !== one))
    },
  }
  const rang: string[] = []
  const node = (name: string): WheelNode => ({
    due: 0,
    slot: NOWHERE,
    wheelBefore: undefined,
    wheelAfter: undefined,
    ring: () => rang.push(name),
  })
  let turns = 0
  const run = (until: number) => {
    for (;;) {
      const next = armed.filter(({ at }) => at <= until).sort((a, b) => a.at - b.at)[0]
      if (next === undefined) break
      assert.ok(++turns < 100, 'it spins')
      armed = armed.filter(other => other !== next)
      now = Math.max(now, next.at)
      next.fn()
    }
    now = Math.max(now, until)
  }
  const wheel = wheelOf(clock)
  wheel.add(node('far'), now + 50_000, now)
  wheel.add(node('first'), now + 10, now)
  run(now + 10)
  assert.deepEqual(rang, ['first'])
  now = 1_000
  wheel.add(node('after the step'), 1_500, now)
  run(1_500)
  assert.deepEqual(rang, ['first', 'after the step'])
  assert.equal(wheel.size, 1)
})
