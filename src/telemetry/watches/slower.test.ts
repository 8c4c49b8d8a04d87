// The watch by itself: what is enough to compare, what is slower, and what is kept for a month.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Entry } from '../../journal/index.ts'
import { type Days, slower } from './slower.ts'

const DAY = 86_400_000
const DB = 'shop/db'

const sampled = (wall: number, p50Ms: number, more: { p95Ms?: number; calls?: number } = {}) => {
  const { p95Ms = p50Ms * 2, calls = 300 } = more
  const figures = { 'latency.calls': calls, 'latency.p50Ms': p50Ms, 'latency.p95Ms': p95Ms }
  return {
    name: 'system.sampled',
    source: 'shop',
    wall,
    data: { parts: { [DB]: figures, shop: { rss: 1 } } },
  } as unknown as Entry
}
/** A month in which half took 40 ms, and the slow end 80. */
const month = (n = 30): Days => ({
  [DB]: Array.from({ length: n }, (_, i) => ({ at: (i + 1) * DAY, calls: 900, p50Ms: 40, p95Ms: 80 })),
})
const at = 31 * DAY
const says = (days: Days, ...samples: Entry[]) => slower(days, samples, at).seen.map(one => `${one.source}: ${one.says}`)

test('told from half as long again and 20 ms more; below it nothing is said', () => {
  assert.deepEqual(says(month(), sampled(at - 1, 59)), [])
  assert.deepEqual(says(month(), sampled(at - 1, 61)), [
    'shop/db: half of its answers took 61 ms or longer today, 40 ms in the 30 days before (told from 1.5 times and 20 ms more)',
  ])
  const quick: Days = { [DB]: month()[DB]!.map(one => ({ ...one, p50Ms: 2, p95Ms: 4 })) }
  assert.deepEqual(says(quick, sampled(at - 1, 20)), [], 'ten times as long, and nobody notices')
})

test('the slow end alone is told as well', () => {
  assert.match(says(month(), sampled(at - 1, 41, { p95Ms: 190 }))[0]!, /its slowest twentieth took 190 ms or longer today, 80 ms/)
})

test('a few days, a few calls and what is older than a day say nothing', () => {
  assert.deepEqual(says(month(6), sampled(at - 1, 400)), [])
  assert.deepEqual(says(month(), sampled(at - 1, 400, { calls: 150 })), [])
  assert.deepEqual(says(month(), sampled(at - 2 * DAY, 400)), [])
  assert.deepEqual(says({}, sampled(at - 1, 400)), [])
})

test('as many calls as were made count as much: a slow night with hardly any is no slow day', () => {
  const nights = Array.from({ length: 10 }, (_, i) => sampled(at - 10 - i, 900, { calls: 5 }))
  assert.deepEqual(says(month(), ...nights, sampled(at - 1, 41, { calls: 2_000, p95Ms: 82 })), [])
})

test('today is one of the days from tomorrow on, and a day is forgotten after a month', () => {
  const { days } = slower(month(), [sampled(at - 1, 61)], at)
  assert.equal(days[DB]!.length, 31)
  const later = slower(days, [], at + 20 * DAY).days
  assert.equal(later[DB]!.length, 11)
  assert.deepEqual(slower(days, [], at + 40 * DAY).days, {})
})
