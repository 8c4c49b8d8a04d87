import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { createEvents, isConfigError } from '../core/index.ts'
import { type Life, startRoot, supervisor } from '../supervisor/index.ts'
import { type ManualClock, manualClock, recordEvents } from '../testing/index.ts'
import type { Engine } from './engine.ts'
import { memory } from './engines/memory.ts'
import { type Fleet, fleet } from './fleet.ts'
import type { OnlyLife } from './only.ts'
import type { FleetOptions } from './options.ts'

const who = { by: 'ann', why: 'stock-taking' }

/** An engine that can be taken away: 'hung' never answers, 'refused' says no. */
function breakable(engine: Engine): Engine & { is: 'well' | 'hung' | 'refused' } {
  const made = { kind: engine.kind, is: 'well' as 'well' | 'hung' | 'refused' }
  const through = <T>(go: () => Promise<T>): Promise<T> =>
    made.is === 'hung' ? new Promise(() => {}) : made.is === 'refused' ? Promise.reject(new Error('ECONNREFUSED')) : go()
  return Object.assign(made, {
    beat: (...a: Parameters<Engine['beat']>) => through(() => engine.beat(...a)),
    write: (...a: Parameters<Engine['write']>) => through(() => engine.write(...a)),
    nodes: (...a: Parameters<Engine['nodes']>) => through(() => engine.nodes(...a)),
    leave: (...a: Parameters<Engine['leave']>) => through(() => engine.leave(...a)),
  })
}

function machines(n: number, more: Partial<FleetOptions> = {}) {
  const clock = manualClock()
  const engine = breakable(memory({ clock }))
  const all = Array.from({ length: n }, (_, i) => {
    const events = createEvents({ clock })
    const recorded = recordEvents(events)
    const one = fleet({ engine, node: `m${i}`, clock, events, random: () => (i + 0.5) / n, ...more })
    one.start()
    return { ...one, recorded }
  })
  return { clock, engine, all }
}
async function supervised(one: Fleet, clock: ManualClock, name: string, work: (life: OnlyLife) => Promise<unknown>) {
  const root = await startRoot(
    supervisor({ children: [{ id: name, component: one.only(name, work) }], clock, events: createEvents({ clock }) }),
    { clock, events: createEvents({ clock }) },
  )
  return root.handle
}
const until = (life: Pick<Life, 'signal'>) =>
  new Promise(resolve => life.signal.addEventListener('abort', resolve, { once: true }))
const of = <T>(value: T | undefined): T => {
  assert.ok(value !== undefined)
  return value
}

test('every machine counts the others, and misses one that is gone without a word', async () => {
  const { clock, all } = machines(4)
  await clock.advance(5_000)
  assert.deepEqual((of(all[0]).snapshot() as { nodes: unknown }).nodes, { alive: 4, sick: 0, lost: 0 })
  await of(all[3]).leave()
  await of(all[2])[Symbol.asyncDispose]()
  await clock.advance(5_000)
  assert.deepEqual((of(all[0]).snapshot() as { nodes: unknown }).nodes, { alive: 2, sick: 0, lost: 0 })
  assert.deepEqual((await of(all[0]).machines()).map(one => one.node).sort(), ['m0', 'm1'])
})

test('what an operator sets on one machine holds on all within two beats, and its end too', async () => {
  const { clock, all } = machines(3)
  await clock.advance(3_000)
  const told: string[] = []
  for (const one of all) one.forces.watch((target, force) => told.push(`${one.node} ${target} ${force?.verb ?? 'ended'}`))
  await of(all[1]).forces.set('features/sell', 'off', null, who)
  await clock.advance(4_400)
  assert.deepEqual(told.sort(), ['m0 features/sell off', 'm1 features/sell off', 'm2 features/sell off'])
  await of(all[2]).forces.end('features/sell')
  await clock.advance(4_400)
  assert.deepEqual(
    all.map(one => one.forces.all()),
    [{}, {}, {}],
  )
  assert.equal(told.length, 6)
})

test('forces are on disk too: a machine that starts without the engine has them', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'selfheal-fleet-'))
  const file = join(folder, 'forces.json')
  const { clock, all, engine } = machines(1, { file })
  await clock.advance(100)
  await of(all[0]).forces.set('features/sell', 'off', null, who)
  engine.is = 'refused'
  const later = fleet({ engine, node: 'again', clock, events: createEvents({ clock }), file })
  later.start()
  await clock.advance(60_000)
  assert.equal(later.blind(), true)
  assert.equal(later.forces.all()['features/sell']?.verb, 'off')
  await assert.rejects(later.forces.set('features/buy', 'off', null, who), { code: 'SELFHEAL_FLEET_BLIND' })
  rmSync(folder, { recursive: true })
})

test('an engine that hangs is waited for 500 ms, told once, and what was read stays', async () => {
  const { clock, all, engine } = machines(2)
  const one = of(all[0])
  await clock.advance(3_000)
  engine.is = 'hung'
  await clock.advance(60_000)
  assert.equal(one.blind(), true)
  assert.equal(one.recorded.of('fleet.blind').length, 1)
  const { state, ageMs, nodes } = one.snapshot() as { state: string; ageMs: number; nodes: { alive: number } }
  assert.deepEqual([state, nodes.alive], ['blind', 2])
  assert.ok(ageMs > 55_000)
  engine.is = 'well'
  await clock.advance(12_000)
  assert.equal(one.blind(), false)
  assert.equal(one.recorded.of('fleet.sighted').length, 1)
})

for (const [n, most] of [
  [3, 1],
  [25, 2],
] as const)
  test(`of ${n} machines that all want to restart, ${most} do at a time, and all come to it`, async () => {
    const { clock, all } = machines(n)
    let now = 0
    let peak = 0
    let done = 0
    const asked = all.map(one =>
      one.permit('reload', async permit => {
        peak = Math.max(peak, ++now)
        await new Promise<void>(resolve => void clock.after(9_000, resolve))
        assert.equal(permit.signal.aborted, false)
        now--
        done++
      }),
    )
    await clock.advance(20_000)
    assert.ok(done <= 2 * most)
    await clock.advance(n * 15_000)
    await Promise.all(asked)
    assert.equal(peak, most)
    assert.equal(done, n)
    assert.deepEqual((of(all[0]).snapshot() as { permits: unknown[] }).permits, [])
  })

test('a permit is renewed while its work lasts, and lost when the engine goes; the work is told before it runs out', async () => {
  const { clock, all, engine } = machines(2)
  const [one, two] = [of(all[0]), of(all[1])]
  await clock.advance(2_500)
  let over = false
  const first = one.permit('leak', async permit => {
    await until(permit)
    over = true
  })
  await clock.advance(200_000)
  assert.equal(over, false)
  engine.is = 'refused'
  await clock.advance(60_000)
  await first
  assert.equal(over, true)
  assert.equal(one.recorded.of('fleet.permit_lost').length, 1)
  engine.is = 'well'
  await clock.advance(15_000)
  await Promise.all([two.permit('leak', () => {}), clock.advance(5_000)])
})

test('without the engine a restart comes by chance within 5 min, never at once for all', async () => {
  const { clock, all, engine } = machines(10)
  await clock.advance(3_000)
  engine.is = 'refused'
  const at: number[] = []
  const asked = all.map(one => one.permit('config', permit => void at.push(clock.now(), permit.token)))
  await clock.advance(330_000)
  await Promise.all(asked)
  const times = at.filter((_, i) => i % 2 === 0)
  assert.equal(new Set(times.map(ms => Math.round(ms / 1_000))).size, 10)
  assert.ok(Math.max(...times) - Math.min(...times) > 250_000)
  assert.deepEqual(
    of(all[0])
      .recorded.of('fleet.permit_by_chance')
      .map(one => one.windowMs),
    [300_000],
  )
})

test('when more than half are sick nobody restarts of its own will, it is an alarm, and the need says read', async () => {
  let sick = true
  const { clock, all } = machines(3, { sick: () => sick })
  const one = of(all[0])
  await clock.advance(5_000)
  let ran = false
  const asked = one.permit('reload', () => void (ran = true))
  const { since } = one.need.reading()
  await clock.advance(60_000)
  assert.equal(ran, false)
  assert.equal(one.need.reading().usable, 'read')
  assert.equal(one.need.reading().since, since, 'it has been so since it began')
  const alarms = one.recorded.all.filter(event => event.name === 'fleet.sick')
  assert.deepEqual(
    alarms.map(event => event.level),
    ['alarm'],
  )
  sick = false
  await clock.advance(10_000)
  await asked
  assert.equal(one.need.reading().usable, 'full')
})

test('a singleton runs on one machine, and on another after its machine has died, with a higher token', async () => {
  const { clock, all } = machines(3)
  const running = new Map<string, number>()
  const trees = await Promise.all(
    all.map(one =>
      supervised(one, clock, 'report', async life => {
        running.set(one.node, life.token)
        await until(life)
        running.delete(one.node)
      }),
    ),
  )
  assert.equal(trees.length, 3)
  await clock.advance(5_000)
  const [[first, token]] = [...running] as [[string, number]]
  assert.equal(running.size, 1)
  await clock.advance(60_000)
  assert.deepEqual([...running], [[first, token]], 'renewed all the time')
  for (const one of all)
    assert.deepEqual((one.snapshot() as { singletons: unknown }).singletons, [{ name: 'report', node: first, token }])
  // Its machine dies: no beat, no word.
  const dead = of(all.find(one => one.node === first))
  await dead.leave()
  running.delete(first)
  await clock.advance(15_000)
  assert.equal(running.size, 1)
  assert.ok([...running.values()][0]! > token)
})

test('a singleton is asked to stop a margin before its lease ends when the engine is away; nobody else has it by then', async () => {
  const { clock, all, engine } = machines(2)
  const one = of(all[0])
  let stoppedAt = 0
  let left = 0
  await supervised(one, clock, 'report', async life => {
    await until(life)
    stoppedAt = clock.now()
    left = life.remaining()
  })
  await clock.advance(10_000)
  engine.is = 'hung'
  const from = clock.now()
  await clock.advance(20_000)
  assert.ok(stoppedAt > from && stoppedAt - from <= 9_000, `${stoppedAt - from}`)
  assert.equal(left, 0)
  assert.deepEqual(
    one.recorded.of('fleet.lease_lost').map(event => event.why),
    ['it could not be renewed in time'],
  )
})

test('work that does not stop at its lease’s end is an alarm', async () => {
  const { clock, all, engine } = machines(1)
  await supervised(of(all[0]), clock, 'report', () => new Promise(() => {}))
  await clock.advance(5_000)
  engine.is = 'refused'
  await clock.advance(30_000)
  assert.equal(of(all[0]).recorded.of('fleet.overstayed').length, 1)
})

test('of two that decide from the same epoch one is followed by all', async () => {
  const { clock, all } = machines(3)
  await clock.advance(3_000)
  const heard: string[] = []
  for (const one of all) one.onDecision((name, { choice, epoch }) => heard.push(`${one.node} ${name} ${choice} ${epoch}`))
  const [a, b] = await Promise.all([of(all[0]).decide('payments', 'braintree', who), of(all[1]).decide('payments', 'adyen', who)])
  assert.deepEqual([a.choice, b.choice], ['braintree', 'braintree'])
  await clock.advance(5_000)
  assert.deepEqual(heard.sort(), ['m0 payments braintree 1', 'm1 payments braintree 1', 'm2 payments braintree 1'])
  assert.equal((await of(all[2]).decide('payments', 'stripe', who)).epoch, 2)
})

test('a build that is bad on one machine is known to all, until it is forgiven', async () => {
  const { clock, all } = machines(2)
  await clock.advance(3_000)
  await of(all[0]).judge('abc', true, 'it crashes at each start')
  await clock.advance(5_000)
  assert.equal(of(all[1]).verdict('abc')?.bad, true)
  await of(all[1]).verbs!['forgive']!({ build: 'abc' }, who)
  await clock.advance(5_000)
  assert.equal(of(all[0]).verdict('abc')?.bad, false)
})

test('hints: three of five machines agree; when the engine is away it is hearsay', async () => {
  const { clock, all, engine } = machines(5, { hints: () => ['database'] })
  const heard: string[] = []
  of(all[4]).onHint((hint, on) => heard.push(`${hint} ${on}`))
  await clock.advance(5_000)
  assert.deepEqual(heard, ['database true'])
  engine.is = 'refused'
  await clock.advance(30_000)
  assert.deepEqual(heard, ['database true', 'database false'])
})

test('a listener that throws stops neither the beat nor the next listener', async () => {
  const { clock, all } = machines(1)
  const one = of(all[0])
  const bad = () => {
    throw new Error('boom')
  }
  one.onDecision(bad)
  one.forces.watch(bad)
  await clock.advance(1_000)
  await one.decide('payments', 'a', who)
  await one.forces.set('features/sell', 'off', null, who)
  await clock.advance(10_000)
  assert.ok(one.ageMs() < 2_500)
  assert.deepEqual(one.recorded.of('fleet.listener_failed').length, 1)
  assert.deepEqual(one.recorded.of('fleet.force_failed').length, 1)
})

test('impossible options are refused together', () => {
  assert.throws(
    () => fleet({ engine: memory(), beat: 1, lost: '1s', name: '', nope: 1 } as unknown as FleetOptions),
    error => isConfigError(error) && error.faults.length >= 3,
  )
})
