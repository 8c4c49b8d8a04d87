import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createEvents, type Event, type Part } from '../core/index.ts'
import { manualClock } from '../testing/index.ts'
import './events.ts'
import { sampler } from './sampler.ts'

test('the figures of every part are told now and then, also when one of them fails', async () => {
  const clock = manualClock()
  const events = createEvents({ clock })
  const told: Event[] = []
  events.on('system.sampled', event => told.push(event))
  const good: Part = {
    path: 'shop/app',
    kind: 'program',
    snapshot: () => ({ pid: 7, state: 'ready', vitals: { heap: 50, fds: null } }),
  }
  const bad: Part = {
    path: 'shop/bad',
    kind: 'x',
    snapshot() {
      throw new Error('no')
    },
  }
  const undo = sampler({ name: 'shop', folder: '.', parts: async () => [good, bad], events, clock })
  await clock.advance(61_000)
  while (told.length < 1) await new Promise(resolve => setTimeout(resolve, 1))
  const { parts } = told[0]!.data as { parts: Record<string, Record<string, number>> }
  assert.deepEqual(parts['shop/app'], { 'vitals.heap': 50 })
  assert.ok(parts['shop']!['disk.totalBytes']! >= parts['shop']!['disk.usedBytes']!)
  assert.equal('shop/bad' in parts, false)
  undo()
  await clock.advance(3_600_000)
  assert.equal(told.length, 1)
})
