import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fault, guard } from '../../policy/index.ts'
import type { Stage } from '../stage/stage.ts'
import { calls } from './breaks.ts'

function staged() {
  const trouble = fault({ name: 'mail-calls' })
  const part = { ...trouble, path: 'shop/app/policies/mail-calls' }
  const client = {
    parts: async () => ({ parts: [{ path: part.path, kind: part.kind, snapshot: null, verbs: ['on', 'off'] }] }),
    act: async (path: string, verb: 'on' | 'off', args: null, who: { by: string; why: string }) => {
      assert.equal(path, part.path)
      return trouble.verbs![verb]!(args, who)
    },
  }
  return { trouble, stage: { client } as unknown as Stage }
}

test('calls inside the app fail while it is in, and work again when it is healed', async () => {
  const { trouble, stage } = staged()
  const mail = guard({ name: 'mail', fault: trouble, breaker: false })
  const heal = await calls('mail-calls', { error: '421 try later' }).inject(stage, 5_000)
  await assert.rejects(
    mail.run(() => 'sent'),
    /421 try later/,
  )
  const state = trouble.state()!
  assert.equal(state.by, 'drill')
  assert.ok(state.leftMs > 0 && state.leftMs <= 5_000)
  await heal!()
  assert.equal(await mail.run(() => 'sent'), 'sent')
})

test('one that nobody has is told, with what to write', async () => {
  const { stage } = staged()
  await assert.rejects(calls('sms-calls', { error: true }).inject(stage, 1_000), { code: 'SELFHEAL_USAGE' })
})
