import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { durationMs, formatMs } from './duration.ts'

test('a duration is milliseconds, or text with its unit', () => {
  const cases: readonly [unknown, number][] = [
    [0, 0],
    [250, 250],
    [0.5, 0.5],
    ['250ms', 250],
    ['30s', 30_000],
    ['1.5s', 1_500],
    ['5m', 300_000],
    ['2h', 7_200_000],
    ['1d', 86_400_000],
    [' 30s ', 30_000],
  ]
  for (const [value, ms] of cases) assert.equal(durationMs(value), ms, String(value))
})

test('what is no duration is refused, not guessed', () => {
  const none = [
    -1,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    '',
    '30',
    's',
    '-5s',
    '+5s',
    '1e3s',
    '.5s',
    '5.s',
    '30 s',
    '30S',
    '30sec',
    '1m30s',
    null,
    undefined,
    {},
    [],
    true,
    10n,
  ]
  for (const value of none) assert.equal(durationMs(value), undefined, String(value))
  assert.equal(durationMs(`${'9'.repeat(400)}s`), undefined, 'larger than any number')
})

test('text and number mean the same', () => {
  fc.assert(fc.property(fc.nat(1_000_000), n => assert.equal(durationMs(`${n}s`), n * 1_000)))
})

test('a time is told as a person would', () => {
  const cases: readonly [number, string][] = [
    [0, '0 ms'],
    [340.4, '340 ms'],
    [999.4, '999 ms'],
    [999.6, '1 s'],
    [2_500, '2.5 s'],
    [9_999, '10 s'],
    [42_000, '42 s'],
    [59_999, '1 min'],
    [60_000, '1 min'],
    [250_000, '4 min 10 s'],
    [11_100_000, '3 h 5 min'],
    [176_400_000, '2 d 1 h'],
    [Number.POSITIVE_INFINITY, 'for ever'],
  ]
  for (const [ms, says] of cases) assert.equal(formatMs(ms), says, String(ms))
})

test('no time is told in a unit it overflows', () => {
  fc.assert(
    fc.property(fc.double({ min: 0, max: 3e8, noNaN: true }), ms => {
      assert.doesNotMatch(formatMs(ms), /\b(?:1000 ms|60 s|60 min|24 h)\b/)
    }),
  )
})
