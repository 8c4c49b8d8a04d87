// A slice of `npm run proof:failover`: the same machinery, a few hundred orders; and one mutant, which must be found out.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { prove } from '../proof/prove.ts'

const lines: string[] = []
const slice = { withinMs: 60_000, way: 'selfheal', ledgers: ['sqlite'], say: (text: string) => void lines.push(text) } as const

test('240 orders, every fault, kill -9, double clicks, two lives on one ledger: charged once, all decided, none stuck', async () => {
  const { ok, ...found } = await prove({ ...slice, runs: 240, batch: 120, seed: 41 })
  assert.ok(ok, `${JSON.stringify(found)}\n${lines.join('\n')}`)
  assert.equal(found.runs, 240)
  assert.ok(found.kills > 0, 'the app was killed')
})

test('with the key saved only after the answer, the proof fails', async () => {
  const found = await prove({ ...slice, runs: 80, batch: 80, seed: 41, mutant: 'key-not-saved' })
  assert.equal(found.ok, false)
  // Which of them depends on where the kills hit: charged twice, or a charge that the books have and the app denies.
  assert.ok(found.doubleCharges + found.unalarmed + found.wrong > 0, JSON.stringify(found))
})
