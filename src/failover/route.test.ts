import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Judgement } from '../core/index.ts'
import {
  aged,
  type Candidate,
  mayProbe,
  orderOf,
  probing,
  type RouteOptions,
  report,
  type Standing,
  share,
  wellSince,
} from './route.ts'

const o: RouteOptions = { failures: 3, minStayMs: 1_000, maxStayMs: 8_000, rampMs: 1_000, probeMs: 500 }
const bad: Judgement = { ran: 'maybe', blame: 'them' }
const good: Judgement = { ran: 'yes', blame: 'none' }
const fall = (now: number, s: Standing = wellSince(0)) => [1, 2, 3].reduce(one => report(one, bad, now, o), s)
const candidate = (name: string, more: Partial<Candidate> = {}): Candidate => ({
  name,
  standing: wellSince(0),
  weight: 0,
  probedByCalls: true,
  keepAlive: 0,
  closed: false,
  ...more,
})

test('three bad answers in a row, and it is left; a good one between begins anew', () => {
  assert.equal(fall(10).state, 'down')
  const two = report(report(wellSince(0), bad, 1, o), bad, 2, o)
  assert.equal(report(report(two, good, 3, o), bad, 4, o).state, 'up')
})

test('what the caller or we did moves nothing: a refused card charges nobody', () => {
  for (const blame of ['caller', 'us'] as const)
    assert.equal([1, 2, 3, 4].reduce(s => report(s, { ran: 'no', blame }, 1, o), wellSince(0)).bads, 0)
})

test('it stays away long enough, comes back by one probe and a ramp', () => {
  const down = fall(0)
  assert.equal(mayProbe(down, 999), false)
  assert.equal(mayProbe(down, 1_000), true)
  const probe = probing(down, 1_000, o)
  assert.equal(mayProbe(probe, 1_200), false, 'one probe at a time')
  assert.equal(mayProbe(probe, 1_500), true, 'a probe that never comes back does not block for ever')
  const back = report(probe, good, 1_100, o)
  assert.equal(back.state, 'ramping')
  assert.equal(share(back, 1_100, o), 0.1)
  assert.equal(share(back, 1_600, o), 0.5)
  assert.equal(aged(back, 2_100, o).state, 'up')
})

test('a probe that found it down still puts off the next one, and it is down since it was left', () => {
  const still = report(probing(fall(0), 1_000, o), bad, 1_300, o)
  assert.deepEqual([still.state, still.since], ['down', 0])
  assert.deepEqual([mayProbe(still, 2_200), mayProbe(still, 2_300)], [false, true])
  const back = report(probing(still, 2_300, o), good, 2_400, o)
  assert.deepEqual([back.since, report(back, bad, 2_500, o).since], [2_400, 2_500])
})

test('a good answer to a call that began before it was left is no probe', () => {
  assert.equal(report(fall(0), good, 100, o).state, 'down')
})

test('one bad answer in the ramp, and it stays away twice as long; up to the most', () => {
  let s = fall(0)
  const stays: number[] = []
  for (let now = 10_000; now < 60_000; now += 10_000) {
    s = report(report(probing(s, now, o), good, now, o), bad, now + 10, o)
    stays.push(s.stayMs)
  }
  assert.deepEqual(stays, [2_000, 4_000, 8_000, 8_000, 8_000])
})

test('falling again soon after it was back doubles the stay too: no flapping', () => {
  const back = aged(report(probing(fall(0), 1_000, o), good, 1_000, o), 2_000, o)
  assert.equal(fall(3_000, back).stayMs, 2_000)
  assert.equal(fall(2_000_000, back).stayMs, 1_000, 'long after, it is a new trouble')
})

const draws = (all: readonly Candidate[], now: number, forced?: string) => {
  const counts: Record<string, number> = {}
  for (let i = 0; i < 1_000; i++) {
    const [first] = orderOf(all, now, o, () => (i + 0.5) / 1_000, forced).order
    counts[first ?? 'none'] = (counts[first ?? 'none'] ?? 0) + 1
  }
  return counts
}

test('everything goes to the first while it is well', () => {
  assert.deepEqual(draws([candidate('a', { weight: 1 }), candidate('b')], 0), { a: 1_000 })
})

test('one call in a hundred keeps the backup alive', () => {
  assert.deepEqual(draws([candidate('a', { weight: 1 }), candidate('b', { keepAlive: 0.01 })], 0), { a: 990, b: 10 })
})

test('weights share the traffic', () => {
  assert.deepEqual(draws([candidate('a', { weight: 3 }), candidate('b', { weight: 1 })], 0), { a: 750, b: 250 })
})

test('in the ramp it gets its share, and the others the rest', () => {
  const ramping = candidate('a', { weight: 1, standing: { state: 'ramping', bads: 0, since: 0, stayMs: 1_000 } })
  assert.deepEqual(draws([ramping, candidate('b')], 300), { a: 300, b: 700 })
})

test('down, it is not even second; and when none is well, all are tried', () => {
  const all = [candidate('a', { weight: 1, standing: fall(0), probedByCalls: false }), candidate('b')]
  assert.deepEqual(orderOf(all, 10, o, () => 0).order, ['b'])
  assert.deepEqual(orderOf([all[0]!, candidate('b', { standing: fall(0), probedByCalls: false })], 10, o, () => 0).order, [
    'a',
    'b',
  ])
})

test('without a health check one real call is the probe, with the backup behind it', () => {
  const all = [candidate('a', { weight: 1, standing: fall(0) }), candidate('b')]
  assert.deepEqual(
    orderOf(all, 1_000, o, () => 0),
    { order: ['a', 'b'], probe: 'a' },
  )
})

test('forced by an operator it is first even when it is down; drained it is nowhere', () => {
  const all = [candidate('a', { weight: 1, standing: fall(0) }), candidate('b')]
  assert.deepEqual(orderOf(all, 10, o, () => 0, 'a').order, ['a', 'b'])
  assert.deepEqual(orderOf([candidate('a', { weight: 1, closed: true }), candidate('b')], 0, o, () => 0).order, ['b'])
})
