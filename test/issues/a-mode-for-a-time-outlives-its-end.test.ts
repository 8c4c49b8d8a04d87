// A mode set for a time stayed for ever when its end fell between two looks at the clock: judged a millisecond before, and its timer set by
// the millisecond after, when it had no end to wait for any more.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createEvents } from '../../src/core/index.ts'
import { feature, memoryOverrides } from '../../src/feature/index.ts'
import { manualClock } from '../../src/testing/index.ts'

test('a mode ends at its time, wherever between two looks at the clock that falls', async () => {
  const manual = manualClock()
  const until = manual.wall() + 5_000
  let looks = Number.POSITIVE_INFINITY
  // At its end the second look is the last one of the millisecond before.
  const clock = { ...manual, wall: () => (looks === Number.POSITIVE_INFINITY ? manual.wall() : ++looks <= 2 ? until - 1 : until) }
  const overrides = memoryOverrides()
  const sell = feature('sell', { needs: [], clock, events: createEvents({ clock }), overrides })
  overrides.set('sell', { mode: 'readonly', by: 'ada', why: 'migration', since: manual.wall(), until })
  assert.equal(sell.mode(), 'readonly')
  looks = 0
  await manual.advance(5_000)
  await manual.advance(1_000)
  assert.equal(sell.mode(), 'on')
  sell.close()
})
