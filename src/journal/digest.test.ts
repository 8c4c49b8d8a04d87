import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Level } from '../core/index.ts'
import { creepsOf } from './creep.ts'
import { digestOf, digestText } from './digest.ts'
import type { Entry } from './entry.ts'
import { numbersOf } from './samples.ts'

const HOUR = 3_600_000
let row = 0
const entry = (wall: number, name: string, source: string, data: object, level: Level = 'warn'): Entry => ({
  row: ++row,
  v: 1,
  id: `a.${row}`,
  name,
  source,
  at: wall,
  wall,
  level,
  data: data as never,
})
const sampled = (figures: readonly Readonly<Record<string, number>>[]) =>
  figures.map((numbers, i) => entry(i * 10 * 60_000, 'system.sampled', 'shop', { parts: { 'shop/app': numbers } }, 'debug'))
const MB = 1_048_576

test('memory that only grows is told before it is an incident; what goes up and down is not', () => {
  const grows = sampled(
    Array.from({ length: 12 }, (_, i) => ({ 'vitals.heap': (60 + i * 12) * MB, rss: (200 + (i % 3) * 30) * MB })),
  )
  assert.deepEqual(
    creepsOf(grows).map(one => [one.source, one.kind, one.says]),
    [['shop/app', 'grows', 'heap grows: 84 MB → 180 MB in 1 h 50 min']],
  )
})

test('a pool, a heap and a disk that are nearly full', () => {
  const full = sampled(
    Array.from({ length: 8 }, () => ({
      'pool.inUse': 10,
      'pool.max': 10,
      'vitals.heap': 20 * MB,
      'vitals.heapLimit': 96 * MB,
      'disk.usedBytes': 95,
      'disk.totalBytes': 100,
    })),
  )
  assert.deepEqual(
    creepsOf(full).map(one => one.says),
    ['its pool is 100 % full', 'the disk is 95 % full'],
  )
})

test('retries that become more; a counter that was begun anew is no fall', () => {
  const more = sampled([0, 2, 4, 5, 3, 20, 40, 60].map(retries => ({ retries })))
  assert.deepEqual(
    creepsOf(more).map(one => [one.kind, one.says]),
    [['more_often', 'retries become more: 8 in the first half, 57 in the second']],
  )
})

test('few samples, or over a short time, tell nothing', () => {
  assert.deepEqual(creepsOf(sampled([{ rss: MB }, { rss: 900 * MB }, { rss: 2_000 * MB }])), [])
})

test('a day stands on one screen', () => {
  const exited = (wall: number, generation: number) =>
    entry(wall, 'program.exited', 'shop/app', { generation, reason: 'error', what: 'oom' })
  const ready = (wall: number, generation: number) => entry(wall, 'program.ready', 'shop/app', { generation }, 'info')
  const crashes = Array.from({ length: 30 }, (_, i) => [exited((i * HOUR) / 2, i + 1), ready((i * HOUR) / 2 + 800, i + 2)]).flat()
  const open = entry(20 * HOUR, 'feature.changed', 'shop/app/features/buy', {
    feature: 'buy',
    from: 'on',
    to: 'off',
    causes: ['x'],
  })
  const digest = digestOf([...crashes, open], { from: 0, to: 24 * HOUR })
  assert.equal(digest.healed.length, 30)
  assert.deepEqual(digest.healingMs, { median: 800, most: 800 })
  assert.equal(digest.open.length, 1)
  const text = digestText(digest, wall => `${wall / HOUR}h`)
  assert.match(text, /^From 0h to 24h: 30 troubles healed \(in 800 ms as a rule, 800 ms at most\), 1 open\./)
  assert.match(text, /Open now\n {2}20h {2}buy had trouble, and it lasts: 4 h by now\./)
  assert.match(text, /To do\n {2}It will come again: find what keeps memory/)
  assert.match(text, /… and 22 more/)
  assert.ok(text.split('\n').length < 40)
})

test('a quiet day is one line', () => {
  assert.equal(digestText(digestOf([], { from: 0, to: 1 }), String), 'From 0 to 1: nothing broke.')
})

test('of a snapshot the numbers are kept that measure something', () => {
  assert.deepEqual(numbersOf({ pid: 7, state: 'up', rss: 5, since: 9, vitals: { heap: 3, list: [1, 2], fds: null }, at: 4 }), {
    rss: 5,
    'vitals.heap': 3,
  })
  const deep = { a: { b: { c: { d: { e: { f: 1 } } } } } }
  assert.deepEqual(numbersOf(deep), {})
})
