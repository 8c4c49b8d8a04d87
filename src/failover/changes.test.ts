import assert from 'node:assert/strict'
import { test } from 'node:test'
import { came, dated, intended, sending, succeeded } from './changes.ts'

const about = { failover: 'pay', key: 'order-17', operation: 'charge', params: null, print: 'x' }
const tried = (intent: Parameters<typeof sending>[0]) =>
  sending(intent, { provider: 'stripe', key: 'k', holder: 'me', now: 1, until: 10, heldUntil: 20 })

test('one try that was answered well needs no second look; one that the SDK sent twice does', () => {
  const done = (resent?: true) =>
    succeeded(came(tried(intended(about, 0)), 0, { outcome: 'ok', ...(resent && { resent }) }, 2), 'stripe', { id: 'pi_1' }, 2)
  assert.equal(done().audit, false)
  assert.equal(done(true).audit, true)
})

test('the second look waits for a try that is still under way when another one of it is answered', () => {
  const two = tried(tried(intended(about, 0)))
  const now = succeeded(came(two, 0, { outcome: 'ok' }, 2), 'stripe', { id: 'pi_1' }, 2)
  assert.equal(dated(now, 2, 100).dueAt, 110)
  assert.equal(dated(now, 50, 100).dueAt, 150)
})

test('told by a webhook while its try is under way it needs a second look, until the try itself has answered', () => {
  const paid = { id: 'pi_1' }
  const told = dated(succeeded(tried(intended(about, 0)), 'stripe', paid, 2), 2, 100)
  assert.deepEqual([told.audit, told.dueAt], [true, 110])
  const answered = (resent?: true) => succeeded(came(told, 0, { outcome: 'ok', ...(resent && { resent }) }, 3), 'stripe', paid, 3)
  assert.deepEqual([answered().audit, answered().dueAt], [false, undefined])
  // Sent again by the SDK meanwhile.
  assert.deepEqual([answered(true).audit, answered(true).dueAt], [true, 110])
})
