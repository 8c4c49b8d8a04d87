import assert from 'node:assert/strict'
import { test } from 'node:test'
import { needs } from '../part.ts'

function withEnv<T>(change: Readonly<Record<string, string>>, fn: () => T): T {
  const before = { ...process.env }
  Object.assign(process.env, change)
  try {
    return fn()
  } finally {
    process.env = before
  }
}

test('a test runs when its part is there', () => {
  assert.deepEqual(needs(), {})
  assert.deepEqual(
    withEnv({ CI: 'true' }, () => needs()),
    {},
  )
})

test('a test whose part is absent is skipped with the line that installs it', () => {
  assert.deepEqual(
    withEnv({ PATH: '', CI: '' }, () => needs('redis')),
    { skip: 'needs redis: apt-get install -y redis-server' },
  )
})

test('in CI an absent part is an error, not a skip', () => {
  assert.throws(
    () => withEnv({ PATH: '', CI: 'true' }, () => needs('chromium', 'redis')),
    /chromium: apt-get install -y chromium; needs redis/,
  )
})
