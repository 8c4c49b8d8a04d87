import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Figures } from './figures.ts'
import { judge, type Promised, percent, readPromise } from './promises.ts'

const scope = {
  steps: 1_000,
  ok: 990,
  availability: 0.99,
  answered: 0.995,
  degraded: 5,
  failed: { refused: 2 },
  latency: { before: { p50: 5, p99: 9 }, during: { p50: 8, p99: 400 }, after: { p50: 5, p99: 9 } },
  containMs: 1_200,
  recoverMs: null,
  gapMs: 300,
}
const figures = {
  all: scope,
  journeys: { browse: { ...scope, availability: 1 } },
  detectMs: 80,
  restarts: { app: 1, database: 2 },
  tries: { retries: 2, by: ['database'] },
  writes: { tried: 9, acknowledged: 8, lost: ['order 4'], doubled: [], unknown: [] },
  ownDelayMs: 3,
} as unknown as Figures

test('a promise is read as a founder writes it, and judged by its figure', () => {
  for (const [text, kept, says] of [
    ['availability ≥ 99.5 %', false, '99.00 %'],
    ['availability >= 99%', true, '99.00 %'],
    ['availability of browse ≥ 99.5 %', true, '100 %'],
    ['answered ≥ 99.5 %', true, '99.50 %'],
    ['contain ≤ 2 s', true, '1.2 s'],
    ['contain ≤ 900 ms', false, '1.2 s'],
    ['recover ≤ 5 s', false, 'it did not'],
    ['detect ≤ 1 s', true, '80 ms'],
    ['p50 during ≤ 1 ms', false, '8 ms'],
    ['p99 during ≤ 500ms', true, '400 ms'],
    ['refused = 0', false, '2'],
    ['restarts = 0', false, '3'],
    ['restarts of app ≤ 1', true, '1'],
    ['restarts of payments = 0', true, '0'],
    ['double effects = 0', true, '0'],
    ['acknowledged writes lost = 0', false, '1 (order 4)'],
    ['availability of nobody ≥ 1 %', false, 'it was not seen'],
  ] as const) {
    const judged = judge(readPromise(text) as Promised, figures)
    assert.deepEqual([judged.kept, judged.says], [kept, says], text)
    assert.equal(judged.mend === null, kept, text)
  }
})

test('what is no promise is told, with what there is', () => {
  for (const [text, says] of [
    ['fast', /such as 'recover ≤ 5 s'; known: availability/],
    ['speed ≥ 5', /'speed', which is not measured/],
    ['availability ≥ 99', /wants a number of %/],
    ['recover ≤ 5', /wants a number of s/],
    ['refused = 0 %', /wants a bare number/],
  ] as const) {
    const read = readPromise(text)
    assert.ok('fault' in read, text)
    assert.match(read.fault, says)
  }
})

test('a share is never rounded up to a whole that it was not', () => {
  assert.equal(percent(0.99999), '99.99 %')
  assert.equal(percent(1), '100 %')
})
