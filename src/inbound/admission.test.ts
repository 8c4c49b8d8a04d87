// How many are let in, on a manual clock; what each framework makes of it is tried on real servers in test/process/admission.test.ts.
import assert from 'node:assert/strict'
import { AsyncResource } from 'node:async_hooks'
import { test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { isRejected, runInFrame } from '../core/index.ts'
import { guard } from '../policy/index.ts'
import { manualClock } from '../testing/index.ts'
import { type AdmissionOptions, admission } from './admission.ts'

const quiet = { emit: () => '', relay: () => {}, on: () => () => {} }
const world = (options: AdmissionOptions = {}) => {
  const clock = manualClock()
  const door = admission({ loop: false, clock, events: quiet, ...options })
  const most = () => (door.snapshot() as { most: number }).most
  const ask = (ms: number, url = '/') =>
    door.run({ method: 'GET', url, headers: {} }, () => new Promise<void>(resolve => void clock.after(ms, resolve)))
  return { clock, door, most, ask }
}

test('requests that hang at something sick do not shut out those who need none of it', async () => {
  const { clock, most, ask } = world({ deadline: '2s' })
  assert.equal(most(), 64)
  const hung: Promise<unknown>[] = []
  for (let second = 0; second < 60; second++) {
    for (let n = 0; n < 5; n++) hung.push(ask(2_500).catch(isRejected))
    await clock.advance(1_000)
    assert.ok(most() >= 32, `${most()} may be in flight after ${second} s`)
    const other = ask(10)
    await clock.advance(10)
    await other
  }
  await clock.advance(60_000)
  await Promise.all(hung)
})

test('what is said of the limit is taken; what is not said keeps its default', () => {
  assert.equal(world({ limit: 7 }).most(), 7)
  assert.equal(world({ limit: { max: 9, queue: 0 } }).most(), 9)
  assert.equal(world({ limit: { queue: 0 } }).most(), 64)
  assert.equal(world({ limit: { adaptive: true } }).most(), 64)
  assert.equal(world({ limit: { adaptive: { start: 5, min: 1, max: 5 } } }).most(), 5)
  assert.throws(() => world({ limit: { adaptive: false } }), { code: 'SELFHEAL_CONFIG' })
})

test('what goes on after its answer is not under the deadline of the request; what was given up is, and a nearer deadline stays', async () => {
  const { clock, door } = world({ deadline: '2s' })
  const db = guard({ name: 'db', deadline: '10s', clock, events: quiet })
  const asked = { method: 'GET', url: '/', headers: {} }
  const after = (ms: number, fn: () => void) => void clock.after(ms, AsyncResource.bind(fn))
  const outcomes: Record<string, unknown> = {}
  const query = (of: string) => () =>
    db
      .run(() => 'done')
      .then(
        value => (outcomes[of] = value),
        error => (outcomes[of] = error.code),
      )
  await door.run(asked, async () => {
    after(5_000, query('a job after its answer'))
    runInFrame({ deadline: clock.now() + 1_000 }, () => after(5_000, query('a nearer deadline')))
  })
  const cut = door.run(asked, () => {
    after(5_000, query('given up'))
    return new Promise<void>(() => {})
  })
  const seen = assert.rejects(cut, { code: 'SELFHEAL_DEADLINE_EXCEEDED' })
  await turn()
  await clock.advance(10_000)
  await seen
  await turn()
  assert.deepEqual(outcomes, {
    'a job after its answer': 'done',
    'a nearer deadline': 'SELFHEAL_DEADLINE_EXCEEDED',
    'given up': 'SELFHEAL_DEADLINE_EXCEEDED',
  })
})
