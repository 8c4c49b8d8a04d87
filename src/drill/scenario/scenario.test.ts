import assert from 'node:assert/strict'
import { test } from 'node:test'
import { killed, spike } from './breaks.ts'
import { isScenario, scenario } from './scenario.ts'

const good = {
  name: 'down',
  says: 'it is down',
  faults: [{ at: '2s', break: killed('app') }],
  promises: ['recover ≤ 5 s'],
} as const

test('a scenario is a few lines, the rest has defaults', () => {
  const made = scenario(good)
  assert.equal(isScenario(made), true)
  assert.equal(isScenario({ ...good }), false)
  assert.deepEqual([made.rate, made.durationMs, made.timeoutMs, made.faults[0]?.atMs], [20, 12_000, 10_000, 2_000])
})

test('every fault in it is told at once, with its place', () => {
  assert.throws(
    () =>
      scenario({
        name: 'Down!',
        says: '',
        rate: 0,
        duration: '5s',
        faults: [{ at: '4s', for: '2s', break: spike(3) }],
        promises: ['fast'],
        heals: ['hope' as never],
      }),
    (error: { faults: readonly { at: string }[] }) => {
      assert.deepEqual(
        error.faults.map(fault => fault.at),
        ['name', 'rate', 'faults[0]', 'promises[0]', 'heals'],
      )
      return true
    },
  )
})
