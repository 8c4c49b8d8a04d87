import assert from 'node:assert/strict'
import { test } from 'node:test'
import { manualClock } from '../../testing/index.ts'
import { crash } from './crash.ts'
import { strike } from './strike.ts'
import type { Serving, Target } from './target.ts'

const { fault } = crash()

/** A target whose lives are set by the test. */
function scripted(first: Serving | undefined) {
  let life = first
  const tells = new Set<(pid: number, wall: number) => void>()
  const signals: string[] = []
  const target: Target = {
    arm: 'supervised',
    name: 'shop/app',
    url: 'http://localhost:1',
    serving: async () => life,
    onExit(fn) {
      tells.add(fn)
      return () => void tells.delete(fn)
    },
    signal: ({ pid }, signal) => void signals.push(`${pid} ${signal}`),
    close: async () => {},
  }
  return { target, signals, tells, serve: (next: Serving | undefined) => void (life = next) }
}
const old = { pid: 10, generation: 1 }
const next = { pid: 20, generation: 2 }

test('the life that serves is killed, and its exit and its successor are timed', async () => {
  const clock = manualClock()
  const { target, signals, tells, serve } = scripted(old)
  const struck = strike({ target, fault, clock, enough: () => false })
  await clock.advance(100)
  assert.deepEqual(signals, ['10 SIGKILL'])
  for (const tell of tells) tell(99, clock.wall())
  for (const tell of tells) tell(10, clock.wall() - 80)
  serve(undefined)
  await clock.advance(100)
  serve(next)
  await clock.advance(100)
  assert.deepEqual(await struck, { life: old, atMs: 0, detectedMs: 20, readyMs: 225, successor: next })
  assert.equal(tells.size, 0, 'it listens no longer')
  assert.equal(clock.pending(), 0)
})

test('a wall clock that steps back does not detect an exit before the fault', async () => {
  const clock = manualClock(1_000)
  const { target, tells, serve } = scripted(old)
  const struck = strike({ target, fault, clock, enough: () => false })
  await clock.advance(50)
  clock.stepWall(-3_600_000)
  for (const tell of tells) tell(10, clock.wall())
  serve(next)
  await clock.advance(50)
  assert.equal((await struck)?.detectedMs, 1_000)
})

test('while nobody serves it waits, and breaks the next life that does', async () => {
  const clock = manualClock()
  const { target, signals, serve } = scripted(undefined)
  void strike({ target, fault, clock, enough: () => false })
  await clock.advance(1_000)
  assert.deepEqual(signals, [])
  serve(next)
  await clock.advance(100)
  assert.deepEqual(signals, ['20 SIGKILL'])
})

test('stopped before the fault, nothing is broken', async () => {
  const clock = manualClock()
  const { target, signals } = scripted(old)
  assert.equal(await strike({ target, fault, clock, enough: () => true }), undefined)
  assert.deepEqual(signals, [])
})

test('without a successor it gives up when told, and says so', async () => {
  const clock = manualClock()
  const { target, serve } = scripted(old)
  const struck = strike({ target, fault, clock, enough: atMs => atMs !== undefined && clock.now() - atMs > 500 })
  await clock.advance(10)
  serve(undefined)
  await clock.advance(1_000)
  assert.deepEqual(await struck, { life: old, atMs: 0 })
  assert.equal(clock.pending(), 0)
})
