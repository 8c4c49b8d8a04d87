import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createEvents, type Event } from '../core/index.ts'
import type { Supervisor } from '../supervisor/index.ts'
import { manualClock } from '../testing/index.ts'
import { renewals, renewOnMemory } from './renewals.ts'

function world(fails = false) {
  const clock = manualClock()
  const events = createEvents({ clock })
  const told: Event[] = []
  events.on('*', event => told.push(event))
  const replaced: string[] = []
  let running = 0
  let most = 0
  const rows = ['web.1', 'web.2'].map(id => ({ id, state: 'running', generation: 1 }))
  const tree = {
    whichChildren: () => rows,
    async replace(id: string) {
      most = Math.max(most, ++running)
      await Promise.resolve()
      running--
      if (fails) throw new Error('it does not boot')
      replaced.push(id)
      rows.find(row => row.id === id)!.generation++
    },
  } as unknown as Supervisor
  const renewal = renewals({ name: 'shop', tree: () => tree, events, clock, random: () => 0.5 })
  const over = (id: string, generation = 1) =>
    events.emit('program.memory_over', `shop/${id}`, { generation, pid: 1, by: 'memory', bytes: 2, limit: 1 })
  renewOnMemory('shop', events, renewal)
  const settled = async () => {
    for (let i = 0; i < 20; i++) await Promise.resolve()
  }
  return { clock, told, replaced, over, settled, most: () => most, ask: renewal.ask }
}

test('a program whose memory is too much is replaced, after a jittered moment, and the event says why', async () => {
  const w = world()
  const because = w.over('web.1')
  await w.settled()
  assert.deepEqual(w.replaced, [])
  await w.clock.advance(1_000)
  await w.settled()
  assert.deepEqual(w.replaced, ['web.1'])
  assert.equal(w.told.find(event => event.name === 'system.renewing')!.because, because)
})

test('two instances are never replaced at the same time', async () => {
  const w = world()
  w.over('web.1')
  w.over('web.2')
  await w.clock.advance(1_000)
  await w.settled()
  assert.deepEqual(w.replaced, ['web.1', 'web.2'])
  assert.equal(w.most(), 1)
})

test('a limit that every life breaks costs ever fewer replacements', async () => {
  const w = world()
  let generation = 1
  const at: number[] = []
  for (let minute = 0; minute < 60; minute++) {
    const before = w.replaced.length
    w.over('web.1', generation)
    await w.clock.advance(60_000)
    await w.settled()
    if (w.replaced.length > before) {
      generation++
      at.push(minute)
    }
  }
  assert.deepEqual(at, [0, 1, 3, 7, 15, 31])
})

test('a life that came meanwhile is left alone; one that does not boot leaves the old where it is, and is told', async () => {
  const w = world()
  w.ask({ id: 'web.1', generation: 7, kind: 'own_connections', because: 'x' })
  await w.clock.advance(15_000)
  await w.settled()
  assert.deepEqual(w.replaced, [])
  const failing = world(true)
  failing.over('web.1')
  await failing.clock.advance(1_000)
  await failing.settled()
  assert.deepEqual(failing.told.at(-1)!.data, { id: 'web.1', generation: 1, kind: 'memory', message: 'it does not boot' })
})
