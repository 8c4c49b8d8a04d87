import assert from 'node:assert/strict'
import { test } from 'node:test'
import { trend } from './trend.ts'

test('a saw that comes back to its floor does not grow; one whose floor rises does', () => {
  const [steady, leaking] = [trend(), trend()]
  for (let second = 0; second < 300; second++) {
    const garbage = (second % 7) * 5_000_000
    steady.sample(50_000_000 + garbage, second * 1_000)
    leaking.sample(50_000_000 + garbage + second * 100_000, second * 1_000)
  }
  assert.ok(Math.abs(steady.perMinute()!) < 100_000, String(steady.perMinute()))
  assert.ok(Math.abs(leaking.perMinute()! - 6_000_000) < 300_000, String(leaking.perMinute()))
})

test('before there is a minute it says nothing', () => {
  const one = trend()
  for (let second = 0; second < 50; second++) one.sample(second, second * 1_000)
  assert.equal(one.perMinute(), null)
})
