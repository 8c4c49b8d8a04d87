import assert from 'node:assert/strict'
import { test } from 'node:test'
import { withoutPatterns } from './without.ts'

test('nothing is left out unless it is said', () => {
  assert.deepEqual([...withoutPatterns({})], [])
  assert.deepEqual([...withoutPatterns({ SELFHEAL_WITHOUT: ' ' })], [])
})

test('patterns are left out by name', () => {
  assert.deepEqual([...withoutPatterns({ SELFHEAL_WITHOUT: 'breaker, failover' })], ['breaker', 'failover'])
})

test('a pattern that is misspelt is refused, and every known one is named', () => {
  assert.throws(() => withoutPatterns({ SELFHEAL_WITHOUT: 'breakr,feature' }), {
    code: 'SELFHEAL_CONFIG',
    message: /breakr is no pattern; known: .*breaker/,
  })
})

test('production runs with all of them, whatever the environment says', () => {
  const env = { SELFHEAL_WITHOUT: 'breaker', NODE_ENV: 'production' }
  assert.throws(() => withoutPatterns(env), { code: 'SELFHEAL_CONFIG', message: /unset it/ })
})
