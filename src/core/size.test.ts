import assert from 'node:assert/strict'
import { test } from 'node:test'
import { formatBytes, sizeBytes } from './size.ts'

test('sizes are bytes, or text with a unit; all else is none', () => {
  assert.deepEqual(
    [512, '512B', '1KB', '512MB', '1.5GB', '2 gb'].map(sizeBytes),
    [512, 512, 1_024, 536_870_912, 1_610_612_736, 2_147_483_648],
  )
  for (const none of ['512', '', 'lots', '-1MB', -1, Number.NaN, Infinity, null, '1TB']) assert.equal(sizeBytes(none), undefined)
})

test('people read them in their unit', () => {
  assert.deepEqual([0, 348_160, 135_000_000, 1_610_612_736, -2_097_152].map(formatBytes), [
    '0 KB',
    '340 KB',
    '129 MB',
    '1.5 GB',
    '-2 MB',
  ])
})
