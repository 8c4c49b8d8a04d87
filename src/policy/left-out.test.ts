import assert from 'node:assert/strict'
import { afterEach, test } from 'node:test'
import { guard } from './guard.ts'

afterEach(() => {
  delete process.env['SELFHEAL_WITHOUT']
})

async function fails(times: number): Promise<number> {
  const policy = guard({ name: `left-out-${Math.random()}`, retry: { attempts: 3, base: '1ms' }, breaker: { calls: 3 } })
  let ran = 0
  for (let i = 0; i < times; i++)
    await policy
      .run(() => Promise.reject(Object.assign(new Error('no'), { code: 'ECONNREFUSED', ran: ++ran })), { idempotent: true })
      .catch(() => {})
  return ran
}

test('what SELFHEAL_WITHOUT names is left out of every guard: nothing is tried again, nothing is kept away', async () => {
  const whole = await fails(40)
  process.env['SELFHEAL_WITHOUT'] = 'retry,breaker'
  assert.equal(await fails(40), 40)
  assert.notEqual(whole, 40)
})
