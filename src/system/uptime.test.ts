import assert from 'node:assert/strict'
import { test } from 'node:test'
import { uptimeOf } from './uptime.ts'

test('no life becomes older than it may; those that began together are spread over a fifth', () => {
  assert.equal(
    uptimeOf(1_000, () => 0),
    1_000,
  )
  assert.equal(
    uptimeOf(1_000, () => 1),
    800,
  )
})
