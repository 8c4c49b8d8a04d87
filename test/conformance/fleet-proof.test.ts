// A slice of `npm run proof:fleet`: a hundred histories without a violation, and every mutant found, from seeds that are known to find it.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { prove } from '../fleet-proof/prove.ts'
import { run } from '../fleet-proof/run.ts'

test('a hundred histories of a fleet: one holder, k restarts, forces kept, one decision an epoch, and all comes back', async () => {
  const { violations, takeovers, effects } = await prove(5_000, 100)
  assert.deepEqual(violations, [])
  assert.ok(takeovers > 100 && effects > 10_000, 'it was really tried')
})

for (const [mutant, seed] of [
  ['no-fence', 3],
  ['wall-clock', 15],
  ['no-margin', 28],
  ['no-cas', 5],
] as const)
  test(`a fleet with a fault in it is found: ${mutant}`, async () => {
    assert.notDeepEqual((await prove(seed, 60, mutant, { most: 1 })).violations, [])
  })

test('a history is the same for the same seed', async () => {
  assert.deepEqual(await run(7), await run(7))
})
