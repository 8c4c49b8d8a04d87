import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { createEvents } from '../core/index.ts'
import { selfheal } from './selfheal.ts'

test('an app that runs by itself keeps its ledger and its spool in one state folder, without being told where', async t => {
  const home = mkdtempSync(join(tmpdir(), 'selfheal-kept-'))
  const before = process.env['SELFHEAL_STATE']
  process.env['SELFHEAL_STATE'] = join(home, 'state')
  t.after(() => {
    if (before === undefined) delete process.env['SELFHEAL_STATE']
    else process.env['SELFHEAL_STATE'] = before
    rmSync(home, { recursive: true, force: true })
  })
  const heal = selfheal({ name: 'shop', events: createEvents() })
  assert.equal(existsSync(join(home, 'state')), false, 'nothing is made before something must be kept')
  const note = heal.feature('note', { needs: [] })
  const later = heal.spool({ when: note, kinds: { note: { apply: async (_: string) => {} } } })
  await later.defer('note', 'kept', { key: 'one' })
  const provider = {
    name: 'one',
    card: { keyTtl: '1d', keyMaxLength: 255, replaysErrors: false },
    judge: () => ({ ran: 'yes', blame: 'none' }) as const,
    call: async () => ({ id: 'paid' }),
  } as const
  const payments = heal.failover('payments', { providers: [provider] })
  await payments.call('charge', null, { key: 'order-1' })
  for (const name of ['spool.db', 'ledger.db']) assert.ok(existsSync(join(home, 'state', name)), name)
  await heal[Symbol.asyncDispose]()
})
