import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createEvents } from '../core/index.ts'
import { manualClock } from '../testing/index.ts'
import { OK } from './judge.ts'
import type { Numbers } from './options.ts'
import type { Provider } from './provider.ts'
import { traffic } from './traffic.ts'

test('a call is a call; a look-up, a check and an undoing are none', () => {
  const clock = manualClock()
  const stripe = { name: 'stripe', card: {} } as unknown as Provider<never, unknown>
  const numbers = { failures: 3, minStayMs: 1_000, maxStayMs: 8_000, rampMs: 1_000, probeMs: 500, slowMs: 5_000 } as Numbers
  const events = createEvents({ clock })
  const all = traffic({ name: 'pay', path: 'pay', providers: [stripe], rules: {}, numbers, clock, events, random: () => 0.5 })
  for (const how of [{}, { asks: true }, { asks: true }, { probe: true }]) all.began('stripe', how)(OK)
  const [shown] = all.snapshot().providers as readonly { calls: number; underWay: number }[]
  assert.deepEqual([shown!.calls, shown!.underWay], [2, 0])
})
