import assert from 'node:assert/strict'
import { test } from 'node:test'
import { triesTally } from './tries.ts'

const guard = (path: string, retries: number) => ({
  path: `shop/app/policies/${path}`,
  kind: 'guard',
  snapshot: { counts: { retries } },
})

test('what was tried again before the drill is not its doing', () => {
  const tally = triesTally()
  tally.add([guard('database~3', 7), { path: 'shop/app', kind: 'program', snapshot: { state: 'ready' } }])
  assert.deepEqual(tally.sum(), { retries: 0, by: [] })
  tally.add([guard('database~3', 9)])
  assert.deepEqual(tally.sum(), { retries: 2, by: ['database'] })
})

test('a new life counts from nothing, and what the old one did stays', () => {
  const tally = triesTally()
  tally.add([guard('database', 0), guard('cache', 0)])
  tally.add([guard('database', 5)])
  tally.add([])
  tally.add([guard('database', 2), guard('rates', 1)])
  assert.deepEqual(tally.sum(), { retries: 8, by: ['database', 'rates'] })
})
