import assert from 'node:assert/strict'
import { test } from 'node:test'
import { onProbe, suspicion } from './own-fault-rule.ts'

/** Probes at the times the rule asks for. */
function run(results: readonly boolean[]) {
  const state = suspicion()
  let now = 10_000
  return results.map(passed => {
    const verdict = onProbe(state, passed, now)
    now += verdict.nextMs
    return verdict
  })
}

test('three passes over 30 s: the fault is ours', () => {
  assert.deepEqual(
    run([true, true, true]).map(({ fault }) => fault),
    ['unknown', 'unknown', 'ours'],
  )
})

test('one miss: the fault is theirs, and the passes begin anew', () => {
  assert.deepEqual(
    run([true, true, false, true, true, true]).map(({ fault }) => fault),
    ['unknown', 'unknown', 'theirs', 'unknown', 'unknown', 'ours'],
  )
})

test('three passes that come too quickly are not enough', () => {
  const state = suspicion()
  assert.deepEqual(
    [0, 5_000, 10_000, 29_000, 30_000].map(now => onProbe(state, true, now).fault),
    ['unknown', 'unknown', 'unknown', 'unknown', 'ours'],
  )
})

test('an outage of hours costs a probe every five minutes', () => {
  assert.deepEqual(
    run([false, false, false, false, false, false]).map(({ nextMs }) => nextMs),
    [30_000, 60_000, 120_000, 240_000, 300_000, 300_000],
  )
})
