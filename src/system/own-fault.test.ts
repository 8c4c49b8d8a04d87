import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createEvents, type Event, type Json } from '../core/index.ts'
import type { Supervisor } from '../supervisor/index.ts'
import { manualClock } from '../testing/index.ts'
import { watchOwnFaults } from './own-fault.ts'
import { renewals } from './renewals.ts'

/** `reaches`: what a fresh process sees. */
function world(reaches: () => boolean) {
  const clock = manualClock()
  const events = createEvents({ clock })
  const told: Event[] = []
  events.on('*', event => told.push(event))
  const row = { id: 'web', state: 'running', generation: 1, child: { handle: { fresh: undefined as unknown } } }
  const seen = { booted: 0, alive: 0 }
  let replaced = 0
  row.child.handle.fresh = async () => {
    seen.booted++
    seen.alive++
    let state = 'unknown'
    return {
      pid: 1,
      async ask({ verb }: { verb: string }): Promise<Json> {
        if (verb === 'parts') return [{ path: 'shop/web/db', snapshot: { state } }]
        state = reaches() ? 'up' : 'down'
        return { state, found: reaches() ? 'up' : 'password authentication failed' }
      },
      async end() {
        seen.alive--
      },
    }
  }
  const tree = {
    whichChildren: () => [row],
    async replace() {
      replaced++
      const before = row.generation++
      events.emit('program.exited', 'shop/web', { generation: before, pid: 1, reason: 'shutdown', aliveMs: 1, tail: '' })
    },
  } as unknown as Supervisor
  const both = { name: 'shop', tree: () => tree, events, clock }
  watchOwnFaults({ ...both, renewals: renewals({ ...both, random: () => 0.5 }) })
  const emit = events.emit as (name: string, source: string, data: unknown) => string
  const minutes = async (n: number) => {
    for (let i = 0; i < n * 12; i++) await clock.advance(5_000)
  }
  return {
    told,
    seen,
    minutes,
    replaced: () => replaced,
    down: () => emit('dependency.down', 'shop/web/db', { kind: 'postgres', why: 'password authentication failed' }),
    back: () => emit('dependency.back', 'shop/web/db', { kind: 'postgres', state: 'up', afterMs: 1, probes: 1 }),
  }
}

test('down only in its own eyes: it is replaced, once, and the journal can tell why', async () => {
  const w = world(() => true)
  const because = w.down()
  await w.minutes(2)
  assert.equal(w.replaced(), 1)
  const [fault, renewing] = ['system.own_fault', 'system.renewing'].map(name => w.told.find(event => event.name === name)!)
  assert.equal(fault!.because, because)
  assert.equal(renewing!.because, fault!.id)
  assert.deepEqual(w.seen, { booted: 1, alive: 0 }, 'one fresh process, and it is gone')
})

test('a dependency that is really down restarts nothing, for however long', async () => {
  const w = world(() => false)
  w.down()
  await w.minutes(60)
  assert.equal(w.replaced(), 0)
  assert.equal(w.seen.alive, 0)
  assert.ok(w.seen.booted <= 15, `a fresh look every five minutes at most in the end, not ${w.seen.booted}`)
})

test('one that comes back by itself is left alone', async () => {
  const w = world(() => true)
  w.down()
  await w.minutes(0.5)
  w.back()
  await w.minutes(5)
  assert.equal(w.replaced(), 0)
  assert.equal(w.seen.alive, 0)
})

test('one that every new life breaks anew is replaced at most once in five minutes', async () => {
  const w = world(() => true)
  for (let i = 0; i < 30; i++) {
    w.down()
    await w.minutes(1)
  }
  assert.ok(w.replaced() >= 2 && w.replaced() <= 6, String(w.replaced()))
})
