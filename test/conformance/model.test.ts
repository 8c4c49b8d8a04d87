// Random children, falls, failing starts and commands, against the reference: after each step both must say the same.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Root, Supervisor } from '../../src/supervisor/index.ts'
import { inProcess } from './kit.ts'
import { type ModelChild, type ModelOptions, model } from './model.ts'
import { type Driven, states, type World, world } from './world.ts'

interface Step {
  readonly does: 'crash' | 'finish' | 'add' | 'terminate' | 'again' | 'delete' | 'fail' | 'pass'
  readonly id: string
  readonly restart: ModelChild['restart']
  /** Starts that fail, or seconds that pass. */
  readonly n: number
}
const IDS = ['a', 'b', 'c', 'd', 'e']
const step = (...kinds: readonly Step['does'][]): fc.Arbitrary<Step> =>
  fc.record({
    does: fc.constantFrom(...kinds),
    id: fc.constantFrom(...IDS),
    restart: fc.constantFrom('permanent', 'transient', 'temporary'),
    n: fc.integer({ min: 1, max: 3 }),
  })
const anyStep = step(
  'crash',
  'crash',
  'crash',
  'finish',
  'add',
  'add',
  'terminate',
  'again',
  'again',
  'delete',
  'fail',
  'pass',
  'pass',
)

for (const strategy of ['one_for_one', 'one_for_all', 'rest_for_one'] as const)
  test(`${strategy}: whatever falls, fails and is told, it does as Erlang's rules say`, async () => {
    const steps = fc.tuple(fc.array(step('add'), { maxLength: 5 }), fc.array(anyStep, { maxLength: 40 }))
    const property = fc.asyncProperty(steps, fc.integer({ min: 0, max: 4 }), ([first, then], intensity) =>
      compare({ strategy, intensity, periodMs: 2_000 }, [...first, ...then]),
    )
    await fc.assert(property, { numRuns: 300 })
  })

async function compare(options: ModelOptions, steps: readonly Step[]) {
  const w = world(inProcess)
  const m = model(options)
  const { strategy, intensity, periodMs: period } = options
  const root = await w.root({ strategy, intensity, period })
  const real = new Map(IDS.map(id => [id, w.child(id)]))
  let over = false
  root.exited.then(() => {
    over = true
  })
  for (const each of steps) {
    await take(each, w, m, root, real.get(each.id)!)
    await w.settle()
    while (w.clock.pending() > 0) await w.clock.advance(0)
    assert.equal(over, m.dead())
    for (const [id, { live }] of real) assert.equal(live().length, m.find(id)?.running === true ? 1 : 0, `lives of ${id}`)
    for (const { id, starts } of m.children()) assert.equal(real.get(id)!.starts(), starts, `starts of ${id}`)
    if (over) return
    const said = m.children().map(({ id, running }) => [id, running ? 'running' : 'stopped'])
    assert.deepEqual(Object.entries(states(root.handle)), said)
  }
  assert.equal((await root.stop()).reason, 'shutdown')
  for (const { live } of real.values()) assert.equal(live().length, 0)
  assert.equal(w.clock.pending(), 0)
}

/** Does the step to both; what the command answers must be the same. */
async function take(
  { does, id, restart, n }: Step,
  w: World,
  m: ReturnType<typeof model>,
  { handle }: Root<Supervisor>,
  real: Driven,
) {
  const child = m.find(id)
  const answer = (command: () => unknown) =>
    (async () => command())().then(
      () => true,
      () => false,
    )
  if (does === 'pass') await w.clock.advance(n * 1_000)
  if (does === 'fail' && child !== undefined) {
    child.failing = n
    real.script.failStarts = n
  }
  if (does === 'add') {
    const fresh = { id, restart, running: false, starts: real.starts(), failing: real.script.failStarts ?? 0 }
    const expected = child === undefined && m.add(fresh)
    assert.equal(await answer(() => handle.startChild(real.spec({ restart }))), expected, 'startChild')
  }
  if ((does === 'crash' || does === 'finish') && child?.running === true) {
    m.fall(child, does, w.clock.now())
    real[does]()
  }
  if (does === 'terminate') {
    assert.equal(await answer(() => handle.terminateChild(id)), child !== undefined, 'terminateChild')
    if (child !== undefined) m.terminate(child)
  }
  if (does === 'again') {
    const expected = child !== undefined && !child.running && m.again(child)
    assert.equal(await answer(() => handle.restartChild(id)), expected, 'restartChild')
  }
  if (does === 'delete') {
    const expected = child !== undefined && !child.running
    assert.equal(await answer(() => handle.deleteChild(id)), expected, 'deleteChild')
    if (expected) m.remove(child)
  }
}
