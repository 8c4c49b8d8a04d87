// The contract of a ledger, as a suite over any maker of one. `second`: another process's view of the same.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { came, decided, intended, parked, sending, succeeded } from '../../src/failover/changes.ts'
import type { Intent, Ledger } from '../../src/failover/index.ts'

export interface Made {
  readonly ledger: Ledger
  readonly second?: Ledger
  readonly end: () => Promise<void>
}

const NAME = 'payments'
const made = (key: string, at = 1_000) =>
  intended({ failover: NAME, key, operation: 'charge', params: { amount: 5 }, print: 'p' }, at)
const tried = (intent: Intent, provider = 'a') =>
  sending(intent, { provider, key: `${provider}:${intent.key}`, holder: 'me', now: 1_000, until: 1_500, heldUntil: 2_500 })

export function ledgerSuite(kind: string, make: () => Promise<Made>): void {
  const under = (says: string, fn: (ledger: Ledger, second: Ledger) => Promise<void>) =>
    test(`${kind} ledger: ${says}`, async () => {
      const { ledger, second, end } = await make()
      try {
        await fn(ledger, second ?? ledger)
      } finally {
        await second?.close?.()
        await end()
      }
    })

  under('what is written is read back by anyone, as it was', async (ledger, second) => {
    const intent = tried(made('order-1'))
    assert.equal(await ledger.write(intent, 0), true)
    assert.deepEqual(await second.read(NAME, 'order-1'), { intent, version: 1 })
    assert.equal(await ledger.read(NAME, 'order-2'), undefined)
    assert.equal(await ledger.read('mail', 'order-1'), undefined, 'each failover has its own keys')
  })

  under('what can be proved anew is read back by anyone too, and the next write is durable again', async (ledger, second) => {
    const intent = tried(made('order-1'))
    await ledger.write(intent, 0)
    const paid = succeeded(intent, 'a', { id: 'p1' }, 1_100)
    assert.equal(await ledger.write(paid, 1, { provable: true }), true)
    assert.deepEqual(await second.read(NAME, 'order-1'), { intent: paid, version: 2 })
    assert.equal(await second.write(paid, 1, { provable: true }), false, 'it was late')
    assert.equal(await ledger.write(tried(made('order-2')), 0), true)
  })

  under('one writer changes each version; the others are told that they were late', async (ledger, second) => {
    const intent = made('order-1')
    const first = await Promise.all([
      ledger.write(intent, 0),
      second.write(intent, 0),
      ledger.write(intent, 0),
      second.write(intent, 0),
    ])
    assert.equal(first.filter(Boolean).length, 1)
    const both = await Promise.all([ledger.write(tried(intent, 'a'), 1), second.write(tried(intent, 'b'), 1)])
    assert.equal(both.filter(Boolean).length, 1)
    assert.equal((await ledger.read(NAME, 'order-1'))!.version, 2)
    assert.equal(await ledger.write(intent, 7), false)
  })

  under('an intent is found by its provider’s key', async ledger => {
    await ledger.write(tried(made('order-1')), 0)
    assert.equal((await ledger.find(NAME, 'a:order-1'))?.intent.key, 'order-1')
    assert.equal(await ledger.find(NAME, 'a:order-9'), undefined)
  })

  under('the reconciler is given what is due, oldest date first, and counts of the rest', async ledger => {
    await ledger.write(parked(tried(made('late', 10)), 50), 0)
    await ledger.write(parked(tried(made('early', 20)), 40), 0)
    await ledger.write(parked(tried(made('not yet', 30)), 9_000), 0)
    await ledger.write(decided(succeeded(came(tried(made('done')), 0, { outcome: 'ok' }, 5), 'a', { id: 'x' }, 5), 'ok', 5), 0)
    const { due, counts } = await ledger.work(NAME, 100, 10)
    assert.deepEqual(
      due.map(one => one.intent.key),
      ['early', 'late'],
    )
    assert.deepEqual(counts, { open: 0, pending: 3, unresolved: 0, twice: 0, oldest: 10 })
    assert.equal((await ledger.work(NAME, 100, 1)).due.length, 1)
  })

  under('what an operator ordered is kept', async (ledger, second) => {
    assert.equal(await ledger.note(NAME, 'orders'), undefined)
    await ledger.setNote(NAME, 'orders', [{ kind: 'force' }])
    await ledger.setNote(NAME, 'orders', [{ kind: 'drain' }])
    assert.deepEqual(await second.note(NAME, 'orders'), [{ kind: 'drain' }])
  })

  under('only what is decided, old, and owed to nobody is forgotten', async ledger => {
    const done = (key: string, at: number) => decided(came(tried(made(key)), 0, { outcome: 'ok' }, at), 'ok', at)
    await ledger.write(done('old', 10), 0)
    await ledger.write(done('new', 500), 0)
    await ledger.write({ ...done('owed', 10), owed: true, dueAt: 20 }, 0)
    await ledger.write(parked(tried(made('pending')), 50), 0)
    assert.equal(await ledger.prune(NAME, 100), 1)
    const left = (await ledger.list(NAME)).map(one => one.key)
    assert.deepEqual([...left].sort(), ['new', 'owed', 'pending'])
    assert.equal(await ledger.find(NAME, 'a:old'), undefined)
  })

  under('intents are listed by state, newest first', async ledger => {
    for (const n of [1, 2, 3]) await ledger.write(parked(tried(made(`order-${n}`, n)), 50), 0)
    await ledger.write(
      { ...decided(tried(made('double', 9)), 'ok', 9), twice: [{ provider: 'b', value: 1, undone: 'offered', at: 9 }] },
      0,
    )
    assert.deepEqual(
      (await ledger.list(NAME, { state: 'pending', limit: 2 })).map(one => one.key),
      ['order-3', 'order-2'],
    )
    assert.deepEqual(
      (await ledger.list(NAME, { state: 'twice' })).map(one => one.key),
      ['double'],
    )
    assert.equal((await ledger.list(NAME)).length, 4)
  })
}
