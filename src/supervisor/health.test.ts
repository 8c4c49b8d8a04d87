// What finds a running life unwell: missed checks, missed heartbeats, stray errors of its own.
import assert from 'node:assert/strict'
import { AsyncResource } from 'node:async_hooks'
import { test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { createEvents, type Event } from '../core/index.ts'
import { manualClock } from '../testing/index.ts'
import {
  type Component,
  type Life,
  type Spec,
  type SupervisorOptions,
  service,
  startRoot,
  supervisor,
  takeStray,
} from './index.ts'

async function running(options: SupervisorOptions) {
  const clock = manualClock()
  const events = createEvents({ clock })
  const told: Event[] = []
  events.on('*', event => told.push(event))
  const root = await startRoot(supervisor({ backoff: { baseMs: 0 }, ...options }), { clock, events, random: () => 0.5 })
  const row = (id = 'a') => root.handle.whichChildren().find(child => child.id === id)
  const names = () => told.map(({ name }) => name.replace('supervisor.', ''))
  return { clock, told, names, root, row }
}
/** A service that ends when it is asked, and its lives. */
function lives(deaf = false) {
  const all: Life[] = []
  const component = service(life => {
    all.push(life)
    return new Promise<void>(resolve => {
      if (!deaf) life.signal.addEventListener('abort', () => resolve())
    })
  }) as Component
  return { all, component }
}
const one = (component: Component, more: Partial<Spec>) => ({ children: [{ id: 'a', component, ...more }] })

test('a check that is not well twice in a row ends the life, and the rule restarts it; once only does not', async () => {
  const { all, component } = lives()
  const answers: unknown[] = [true, false, undefined, false, new Error('pool is stuck'), true]
  const check = async () => {
    const answer = answers.shift()
    if (answer instanceof Error) throw answer
    return answer
  }
  const { clock, row, told, names, root } = await running(one(component, { health: { check, every: '10s' } }))
  await clock.advance(40_000)
  assert.equal(all.length, 1)
  await clock.advance(10_000)
  await turn()
  assert.deepEqual([all.length, all[0]!.signal.aborted, row()!.state, row()!.generation], [2, true, 'running', 2])
  assert.deepEqual(
    names().filter(name => name !== 'child_started'),
    ['health_missed', 'health_missed', 'health_missed', 'child_exited', 'child_restarting'],
  )
  const exit = told.find(({ name }) => name === 'supervisor.child_exited')!
  assert.deepEqual((exit.data as { what?: string; asked: boolean }).what, 'health')
  assert.equal(exit.because, told.filter(({ name }) => name === 'supervisor.health_missed').at(-1)!.id)
  await root.stop()
  assert.equal(clock.pending(), 0)
})

test('a check that never answers is late, is told so by its signal, and counts as a miss', async () => {
  const { all, component } = lives()
  const signals: AbortSignal[] = []
  const check = (_: unknown, signal: AbortSignal) => {
    signals.push(signal)
    return new Promise(() => {})
  }
  const { clock, root } = await running(one(component, { health: { check, every: '1s', within: '2s', misses: 1 } }))
  await clock.advance(2_999)
  assert.deepEqual([all.length, signals[0]!.aborted], [1, false])
  await clock.advance(1)
  await turn()
  assert.deepEqual([all.length, signals[0]!.aborted], [2, true])
  await root.stop()
})

test('a check that throws at once, and one that answers after the life has gone, harm nobody', async () => {
  const { all, component } = lives()
  const late = Promise.withResolvers<void>()
  let n = 0
  const check = () => {
    if (n++ > 0) return late.promise
    throw new Error('at once')
  }
  const { clock, row, root } = await running(one(component, { health: { check, every: '1s', within: '60s' } }))
  await clock.advance(2_000)
  await root.handle.terminateChild('a')
  late.reject(new Error('too late'))
  await clock.advance(120_000)
  assert.deepEqual([all.length, row()!.state, clock.pending()], [1, 'stopped', 0])
  await root.stop()
})

test('a heartbeat in time keeps the life; one that is missed is a hang', async () => {
  const { all, component } = lives()
  const { clock, told, root } = await running(one(component, { heartbeat: '5s' }))
  for (let i = 0; i < 4; i++) {
    await clock.advance(4_000)
    all[0]!.beat()
  }
  assert.equal(all.length, 1)
  await clock.advance(5_000)
  await turn()
  assert.equal(all.length, 2)
  const missed = told.find(({ name }) => name === 'supervisor.heartbeat_missed')!
  assert.deepEqual(missed.data, { id: 'a', generation: 1, forMs: 5_000, limitMs: 5_000 })
  // A beat of a life that is over is nobody's.
  all[0]!.beat()
  await clock.advance(5_000)
  await turn()
  assert.equal(all.length, 3)
  await root.stop()
})

test('what is unwell and can not be ended either is reported unstopped, and escalates', async () => {
  const { component } = lives(true)
  const { clock, names, root } = await running(one(component, { heartbeat: '1s', shutdown: 'infinity' }))
  await clock.advance(20_000)
  assert.ok(names().includes('child_unstopped'))
  const exit = await root.exited
  assert.deepEqual([exit.reason, exit.what], ['error', 'escalated'])
})

test("a stray error is its owner's: that life is restarted, its sibling and the rest go on; one of a life that is over is only told", async () => {
  const { all, component } = lives()
  const sibling = lives()
  const strays: (() => boolean)[] = []
  const component1 = {
    ...component,
    start(life: Life) {
      strays.push(bound(() => takeStray(new Error(`of life ${life.generation}`))))
      return component.start(life)
    },
  }
  const children = [
    { id: 'a', component: component1 },
    { id: 'b', component: sibling.component },
  ]
  const { told, row, root } = await running({ children })
  assert.equal(takeStray(new Error('of nobody')), false)
  assert.equal(strays[0]!(), true)
  await turn()
  assert.deepEqual([all.length, sibling.all.length, row()!.state], [2, 1, 'running'])
  const exit = told.find(({ name }) => name === 'supervisor.child_exited')!.data as {
    reason: string
    what: string
    error: object
  }
  assert.deepEqual([exit.reason, exit.what, (exit.error as Error).message], ['error', 'uncaught', 'of life 1'])
  assert.equal(strays[0]!(), true)
  await turn()
  assert.deepEqual([all.length, row()!.generation], [2, 2])
  await root.stop()
})

test('a stray error during a start is the failure of that start', async () => {
  const stray = Promise.withResolvers<() => boolean>()
  const component: Component = {
    kind: 'service',
    start: life =>
      new Promise((_, reject) => {
        life.signal.addEventListener('abort', () => reject(life.signal.reason))
        stray.resolve(bound(() => takeStray(new Error('while it starts'))))
      }),
  }
  const { root } = await running({})
  const failed = assert.rejects(root.handle.startChild({ id: 'a', component }), /while it starts/)
  ;(await stray.promise)()
  await failed
  assert.equal(root.handle.countChildren().specs, 0)
  await root.stop()
})

test('impossible health and heartbeat are refused, each with its place', () => {
  const component = service(async () => {})
  const faulty: [object, RegExp][] = [
    [{ health: true }, /children\[0\]\.health must be \{ check/],
    [{ health: { check: () => true, every: 0 } }, /children\[0\]\.health\.every must be more than 0/],
    [{ health: { check: () => true, within: 'soon' } }, /children\[0\]\.health\.within must be/],
    [{ health: { check: () => true, misses: 0 } }, /children\[0\]\.health\.misses must be/],
    [{ health: { check: () => true, evry: 1 } }, /children\[0\]\.health\.evry is not known/],
    [{ heartbeat: 0 }, /children\[0\]\.heartbeat must be more than 0/],
  ]
  for (const [more, says] of faulty) assert.throws(() => supervisor(one(component, more)), says)
})

/** Called later, it runs in the context it was made in. */
function bound(fn: () => boolean): () => boolean {
  return AsyncResource.bind(fn)
}
