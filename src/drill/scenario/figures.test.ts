import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Step, StepKind } from '../journey/step.ts'
import { scopeOf, scopesOf } from './figures.ts'

const times = { startMs: 0, faultMs: 1_000, healedMs: 3_000, faults: [{ startMs: 1_000, endMs: 3_000 }], endMs: 6_000 }
const step = (dueMs: number, kind: StepKind = 'ok', tookMs = 10, journey = 'buy'): Step => ({
  journey,
  name: 'GET /',
  kind,
  says: '',
  dueMs,
  sentMs: dueMs,
  endMs: dueMs + tookMs,
})
const every = (fromMs: number, toMs: number, kind: StepKind = 'ok') =>
  Array.from({ length: (toMs - fromMs) / 100 }, (_, i) => step(fromMs + i * 100, kind))

test('raw failures end when honest refusals begin: that is contained; recovered is when the refusals end too', () => {
  const scope = scopeOf(
    [...every(0, 1_000), ...every(1_000, 1_500, '5xx'), ...every(1_500, 3_400, 'degraded'), ...every(3_400, 6_000)],
    times,
  )
  assert.equal(scope.containMs, 400)
  assert.equal(scope.recoverMs, 410)
  assert.equal(scope.answered, 55 / 60)
  assert.equal(scope.availability, 36 / 60)
  assert.equal(scope.gapMs, 2_500)
})

test('what fails until the fault is out was never contained; what still fails at the end has not recovered', () => {
  const scope = scopeOf([...every(0, 1_000), ...every(1_000, 6_000, 'timeout')], times)
  assert.equal(scope.containMs, null)
  assert.equal(scope.recoverMs, null)
})

test('what never failed was contained, and recovered, at once', () => {
  const { containMs, recoverMs, gapMs } = scopeOf(every(0, 6_000), times)
  assert.deepEqual([containMs, recoverMs], [0, 0])
  assert.ok(gapMs <= 110)
})

test('one failure long after the fault is no recovery before it', () => {
  const { recoverMs } = scopeOf([...every(0, 4_000), step(4_000, 'reset'), ...every(4_100, 6_000)], times)
  assert.equal(recoverMs, 1_110)
})

test('all has recovered when each journey has', () => {
  const late = (journey: string, goodFromMs: number) =>
    [...every(0, 3_000), ...every(3_000, goodFromMs, '5xx'), ...every(goodFromMs, 6_000)].map(one => ({ ...one, journey }))
  const { all, journeys } = scopesOf([...late('buy', 3_200), ...late('sell', 3_900)], times)
  assert.equal(journeys['buy']?.recoverMs, 210)
  assert.equal(all.recoverMs, 910)
})

test('latency is told apart before, during and after, by what was answered well', () => {
  const { latency } = scopeOf([step(0), step(1_500, 'ok', 900), step(2_000, '5xx', 5), step(4_000, 'ok', 20)], times)
  assert.deepEqual([latency.before.p99, latency.during.p99, latency.after.p99], [10, 900, 20])
})

test('each fault is contained by itself; what fails after they are out is recovery', () => {
  const kinds = [
    ...every(0, 1_000),
    ...every(1_000, 1_300, '5xx'),
    ...every(1_300, 2_000),
    ...every(2_000, 2_200, '5xx'),
    ...every(2_200, 3_500),
  ]
  const { containMs } = scopeOf([...kinds, step(3_500, '5xx'), ...every(3_600, 6_000)], {
    ...times,
    faults: [
      { startMs: 1_000, endMs: 1_000 },
      { startMs: 2_000, endMs: 3_000 },
    ],
  })
  assert.equal(containMs, 200)
})

test('failures that run on into a fault that overlaps are contained there, or never', () => {
  const contained = (untilMs: number) =>
    scopeOf([...every(0, 1_000), ...every(1_000, untilMs, '5xx'), ...every(untilMs, 6_000)], {
      ...times,
      faults: [
        { startMs: 1_000, endMs: 3_500 },
        { startMs: 2_000, endMs: 4_000 },
      ],
    }).containMs
  assert.equal(contained(2_600), 1_500)
  assert.equal(contained(4_000), null)
})
