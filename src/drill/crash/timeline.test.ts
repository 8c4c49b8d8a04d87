import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Kind, Sent } from './load.ts'
import { timelineOf } from './timeline.ts'

const sent = (dueMs: number, tookMs: number, kind: Kind = 'ok'): Sent => ({
  dueMs,
  sentMs: dueMs,
  endMs: dueMs + tookMs,
  kind,
  says: kind,
})
const base = { startMs: 1_000, durationMs: 1_500, strikes: [], p99Ms: 5 }

test('a column shows the worst that became of what was due in it', () => {
  const all = [sent(1_000, 5), sent(1_250, 5), sent(1_260, 101), sent(1_500, 900), sent(1_510, 1, 'refused'), sent(2_499, 100)]
  assert.equal(timelineOf({ ...base, sent: all }).columns, '·▒x  ·')
})

test('a strike stands over the column of its time', () => {
  assert.deepEqual(timelineOf({ ...base, sent: [], strikes: [1_000, 1_749, 2_600] }).marks, [0, 2, 5])
})

test('what is slow for a quick program is usual for a slow one', () => {
  const all = [sent(1_000, 400)]
  assert.equal(timelineOf({ ...base, sent: all }).columns[0], '▒')
  assert.equal(timelineOf({ ...base, sent: all, p99Ms: 200 }).columns[0], '·')
})

test('an hour is no wider than a terminal', () => {
  const { columns, columnMs } = timelineOf({ ...base, durationMs: 3_600_000, sent: [] })
  assert.ok(columns.length <= 80)
  assert.ok(columns.length * columnMs >= 3_600_000)
})
