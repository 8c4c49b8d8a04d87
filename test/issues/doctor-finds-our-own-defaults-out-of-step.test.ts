// What dependency() sets by itself is in step by doctor's own rules: its breaker's window held less than two attempts of PostgreSQL, and a
// command of Redis, which is its attempt, was found not to be below it.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Redis } from 'ioredis'
import pg from 'pg'
import { dependency, http, postgres, redis } from 'selfheal/dependency'

const at = (settings: readonly { level: string; valueMs: number | null }[], level: string) =>
  settings.find(setting => setting.level === level)?.valueMs ?? Number.NaN

test('by default a window holds two attempts', () => {
  const cache = new Redis({ lazyConnect: true })
  for (const { heal } of [
    dependency(postgres(new pg.Pool({ port: 1 }))),
    dependency(redis(cache, { command: '300ms' })),
    dependency(http('https://api.example.com')),
  ]) {
    const settings = heal.settings!()
    assert.ok(at(settings, 'window') >= 2 * at(settings, 'attempt'), `${heal.name}: ${JSON.stringify(settings)}`)
    heal[Symbol.dispose]()
  }
  cache.disconnect()
})
