import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { backoffMs } from './backoff.ts'

const anyBackoff = fc.record({
  baseMs: fc.double({ min: 0, max: 1e6, noNaN: true }),
  capMs: fc.double({ min: 0, max: 1e9, noNaN: true }),
  jitter: fc.double({ min: 0, max: 1, noNaN: true }),
})
const chance = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })

test('without jitter waits double from the base up to the cap', () => {
  const backoff = { baseMs: 100, capMs: 30_000, jitter: 0 }
  assert.deepEqual(
    [0, 1, 2, 3, 8, 9, 1_000_000].map(n => backoffMs(n, backoff)),
    [100, 200, 400, 800, 25_600, 30_000, 30_000],
  )
})

test('full jitter draws from nothing to the whole wait, equal jitter from half of it', () => {
  assert.equal(
    backoffMs(3, { baseMs: 100, capMs: 30_000, jitter: 1 }, () => 0),
    0,
  )
  assert.equal(
    backoffMs(3, { baseMs: 100, capMs: 30_000, jitter: 0.5 }, () => 0),
    400,
  )
  assert.equal(
    backoffMs(3, { baseMs: 100, capMs: 30_000, jitter: 0.5 }, () => 0.5),
    600,
  )
})

test('a wait never leaves its bounds, however often it was tried', () => {
  fc.assert(
    fc.property(fc.nat(), anyBackoff, chance, (n, backoff, drawn) => {
      const whole = backoffMs(n, { ...backoff, jitter: 0 })
      const wait = backoffMs(n, backoff, () => drawn)
      assert.ok(whole <= backoff.capMs)
      assert.ok(wait >= 0 && wait <= whole, `${wait} of ${whole}`)
      assert.ok(wait >= whole * (1 - backoff.jitter) * (1 - 1e-12))
    }),
  )
})

test('without jitter a later try never waits less', () => {
  fc.assert(
    fc.property(fc.nat(100), anyBackoff, (n, backoff) => {
      const flat = { ...backoff, jitter: 0 }
      assert.ok(backoffMs(n + 1, flat) >= backoffMs(n, flat))
    }),
  )
})

test('many clients of one sick thing are spread over the whole wait', () => {
  const waits = Array.from({ length: 1_000 }, (_, i) => backoffMs(4, { baseMs: 100, capMs: 30_000, jitter: 1 }, () => i / 1_000))
  const tenths = new Set(waits.map(wait => Math.floor((wait / 1_600) * 10)))
  assert.equal(tenths.size, 10)
})
