import assert from 'node:assert/strict'
import { test } from 'node:test'
import { figuresOf } from './figures.ts'
import type { Kind, Sent } from './load.ts'
import type { Strike } from './strike.ts'

const sent = (dueMs: number, tookMs: number, kind: Kind = 'ok', lateMs = 0): Sent => ({
  dueMs,
  sentMs: dueMs + lateMs,
  endMs: dueMs + tookMs,
  kind,
  says: kind,
})
const life = { pid: 10, generation: 1 }
const successor = { pid: 20, generation: 2 }
const strike = (atMs: number, more: Partial<Strike> = {}): Strike => ({
  life,
  atMs,
  detectedMs: atMs + 12,
  readyMs: atMs + 300,
  successor,
  ...more,
})

test('every request counts once, failed ones by their kind', () => {
  const kinds: Kind[] = ['ok', 'ok', 'ok', 'refused', 'reset', 'timeout', '5xx', '4xx', 'other', 'unsent']
  const figures = figuresOf(kinds.map((kind, i) => sent(i, 5, kind)), [], 0) // biome-ignore format: one line
  assert.equal(figures.requests, 10)
  assert.equal(figures.ok, 3)
  assert.equal(figures.availability, 0.3)
  assert.deepEqual(figures.failed, { refused: 1, reset: 1, timeout: 1, '5xx': 1, '4xx': 1, other: 1, unsent: 1 })
  assert.equal(figures.failedElsewhere, 7)
})

test('a failure is the crash’s own only when it was sent before and had not ended', () => {
  const cases: readonly (readonly [string, Sent, number])[] = [
    ['in flight', sent(90, 20, 'reset'), 0],
    ['ended before', sent(80, 10, 'reset'), 1],
    ['sent after', sent(101, 5, 'reset'), 1],
    ['due before, sent after', sent(99, 20, 'reset', 5), 1],
    ['in flight and timed out long after', sent(50, 10_000, 'timeout'), 0],
  ]
  for (const [says, one, elsewhere] of cases) assert.equal(figuresOf([one], [strike(100)], 0).failedElsewhere, elsewhere, says)
})

test('it is back at the first answer to a request sent after the kill; an older request answered late says nothing', () => {
  const all = [sent(90, 400), sent(95, 20, 'reset'), sent(150, 10, 'refused'), sent(160, 340), sent(200, 260), sent(600, 5)]
  const [one] = figuresOf(all, [strike(100)], 50).strikes
  assert.deepEqual(one, { life, atMs: 50, inFlight: 2, detectedMs: 12, backMs: 360, readyMs: 300, successor })
})

test('what nobody saw is null, not nought', () => {
  const [one] = figuresOf([sent(50, 100, 'reset')], [{ life, atMs: 100 }], 0).strikes
  assert.deepEqual(one, { life, atMs: 100, inFlight: 1, detectedMs: null, backMs: null, readyMs: null, successor: null })
  assert.equal(figuresOf([], [], 0).slowestMs, null)
})

test('latency is told before, during and after; each answered request is in one of them', () => {
  const all = [sent(0, 10), sent(50, 10), sent(95, 305), sent(200, 200), sent(450, 20), sent(500, 20)]
  const { latency, slowestMs } = figuresOf(all, [strike(100)], 0)
  assert.deepEqual(latency, {
    before: { requests: 2, p50: 10, p99: 10 },
    during: { requests: 2, p50: 200, p99: 305 },
    after: { requests: 2, p50: 20, p99: 20 },
  })
  assert.equal(slowestMs, 305)
})

test('a percentile is a time that a request really took', () => {
  const all = Array.from({ length: 200 }, (_, i) => sent(i * 100, i + 1))
  assert.deepEqual(figuresOf(all, [], 0).latency.before, { requests: 200, p50: 100, p99: 198 })
})

test('half a million requests are no trouble', () => {
  const all = Array.from({ length: 500_000 }, (_, i) => sent(i, 1))
  assert.equal(figuresOf(all, [], 0).slowestMs, 1)
})
