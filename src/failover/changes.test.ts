import assert from 'node:assert/strict'
import { test } from 'node:test'
import { came, intended, sending, succeeded } from './changes.ts'

const about = { failover: 'pay', key: 'order-17', operation: 'charge', params: null, print: 'x' }
const tried = (intent: Parameters<typeof sending>[0]) =>
  sending(intent, { provider: 'stripe', key: 'k', holder: 'me', now: 1, until: 10, heldUntil: 20 })

test('one try that was answered well needs no second look; one that the SDK sent twice does', () => {
  const done = (resent?: true) =>
    succeeded(came(tried(intended(about, 0)), 0, { outcome: 'ok', ...(resent && { resent }) }, 2), 'stripe', { id: 'pi_1' }, 2)
  assert.equal(done().audit, false)
  assert.equal(done(true).audit, true)
})
