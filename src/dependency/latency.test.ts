import assert from 'node:assert/strict'
import { test } from 'node:test'
import { manualClock } from '../testing/index.ts'
import { latency } from './latency.ts'

test('the middle and the slow end of what was answered lately, to about a tenth', () => {
  const lately = latency(manualClock())
  assert.equal(lately.read(), null)
  for (let i = 1; i <= 1_000; i++) lately.took(i)
  const { calls, p50Ms, p95Ms } = lately.read()!
  assert.equal(calls, 1_000)
  assert.ok(Math.abs(p50Ms / 500 - 1) < 0.13, `${p50Ms}`)
  assert.ok(Math.abs(p95Ms / 950 - 1) < 0.13, `${p95Ms}`)
})

test('what took no time, and what took for ever, is counted too', () => {
  const lately = latency(manualClock())
  lately.took(0)
  assert.deepEqual(lately.read(), { calls: 1, p50Ms: 0.5, p95Ms: 0.5 })
  lately.took(1e9)
  assert.ok(lately.read()!.p95Ms > 100_000)
})

test('what was answered more than ten minutes ago is forgotten', async () => {
  const clock = manualClock()
  const lately = latency(clock)
  lately.took(100)
  await clock.advance(6 * 60_000)
  lately.took(10)
  assert.equal(lately.read()!.calls, 2)
  await clock.advance(5 * 60_000)
  assert.equal(lately.read()!.calls, 1)
  await clock.advance(60 * 60_000)
  assert.equal(lately.read(), null)
  lately.took(10)
  assert.equal(lately.read()!.calls, 1)
})
