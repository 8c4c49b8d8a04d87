// Random trees, falls, failing starts and commands, against the reference: after each command both must say the same of everything.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type Root, type Spec, type Supervisor, supervisor } from '../../src/supervisor/index.ts'
import { runs } from './extent.ts'
import { inProcess } from './kit.ts'
import { type BranchPlan, isBranch, type Model, model, type Node, type Plan } from './model.ts'
import { atOnce, type Driven, type World, world } from './world.ts'

const PERIOD_MS = 2_000
const RESTARTS = ['permanent', 'transient', 'temporary'] as const

/** Ids are places, so that each is there once: 'r', 'r.0', 'r.1', 'r.1.0'. */
function planAt(id: string, depth: number, parent?: BranchPlan['auto']): fc.Arbitrary<Plan> {
  const base = fc.record({ restart: fc.constantFrom(...RESTARTS), wants: fc.nat(3) })
  const own = base.map(({ restart, wants }) => ({
    id,
    restart,
    significant: wants === 0 && restart !== 'permanent' && parent !== undefined && parent !== 'never',
  }))
  return depth === 0
    ? own
    : fc.oneof({ weight: 2, arbitrary: own }, { weight: 1, arbitrary: own.chain(leaf => branchOf(leaf, depth)) })
}
function branchOf(leaf: Pick<BranchPlan, 'id' | 'restart' | 'significant'>, depth: number): fc.Arbitrary<BranchPlan> {
  return fc
    .record({
      strategy: fc.constantFrom('one_for_one', 'one_for_all', 'rest_for_one'),
      intensity: fc.integer({ min: 0, max: 4 }),
      auto: fc.constantFrom('never', 'never', 'any_significant', 'all_significant'),
      n: fc.integer({ min: 0, max: 4 }),
    })
    .chain(({ n, ...own }) => {
      const children = Array.from({ length: n }, (_, i) => planAt(`${leaf.id}.${i}`, depth - 1, own.auto))
      return fc.tuple(...children).map(children => ({ ...leaf, ...own, children }))
    })
}
const tree = branchOf({ id: 'r', restart: 'permanent', significant: false }, 3)

interface Real {
  readonly w: World
  readonly root: Root<Supervisor>
  readonly leaves: Map<string, Driven>
  over: boolean
}
type Command = fc.AsyncCommand<Model, Real>

/** A command on one of those that `of` gives; not run when there are none. */
function on(
  name: string,
  n: number,
  of: (m: Model) => readonly Node[],
  run: (m: Model, r: Real, node: Node) => unknown,
): Command {
  const pick = (m: Model) => of(m)[n % of(m).length]
  return {
    check: m => m.root.running && of(m).length > 0,
    async run(m, r) {
      await run(m as Model, r, pick(m as Model)!)
      await same(m as Model, r)
    },
    toString: () => `${name}(${n})`,
  }
}
const running = (m: Model) => m.children().filter(node => node.running && !isBranch(node.plan))
const leaves = (m: Model) => m.children().filter(node => !isBranch(node.plan))
const which = fc.nat(30)

const falls = (how: 'crash' | 'finish') =>
  which.map(n =>
    on(how, n, running, (m, r, node) => {
      m.fall(node, how)
      leafOf(r, node.plan.id)[how]()
    }),
  )
const fails = fc.tuple(which, fc.integer({ min: 1, max: 3 })).map(([n, times]) =>
  on(`fail ${times} times`, n, leaves, (m, r, { plan }) => {
    m.fail(plan.id, times)
    leafOf(r, plan.id).script.failStarts = times
  }),
)
const passes = fc.integer({ min: 1, max: 3 }).map(s =>
  on(
    `pass ${s} s`,
    0,
    m => m.branches(),
    async (m, r) => {
      m.pass(s * 1_000)
      await r.w.clock.advance(s * 1_000)
    },
  ),
)
const adds = fc.tuple(which, fc.nat(2), fc.constantFrom(...RESTARTS)).map(([n, i, restart]) =>
  on(
    `add ${i} ${restart}`,
    n,
    m => m.branches(),
    async (m, r, parent) => {
      const plan = { id: `${parent.plan.id}.x${i}`, restart, significant: false }
      const known = parent.children.some(child => child.plan.id === plan.id)
      const expected = !known && m.add(parent, plan)
      assert.equal(await answers(() => handleOf(r, parent).startChild(specOf(r, plan))), expected, 'startChild')
    },
  ),
)
const terminates = which.map(n =>
  on(
    'terminate',
    n,
    m => m.children(),
    async (m, r, node) => {
      m.terminate(node)
      assert.equal(await answers(() => handleOf(r, node.parent!).terminateChild(node.plan.id)), true, 'terminateChild')
    },
  ),
)
const restarts = which.map(n =>
  on(
    'restart',
    n,
    m => m.children(),
    async (m, r, node) => {
      const expected = !node.running && m.again(node)
      assert.equal(await answers(() => handleOf(r, node.parent!).restartChild(node.plan.id)), expected, 'restartChild')
    },
  ),
)
const deletes = which.map(n =>
  on(
    'delete',
    n,
    m => m.children(),
    async (m, r, node) => {
      const expected = !node.running
      assert.equal(await answers(async () => handleOf(r, node.parent!).deleteChild(node.plan.id)), expected, 'deleteChild')
      if (expected) m.remove(node)
    },
  ),
)

test('whatever falls, fails and is told, anywhere in whatever tree, it does as Erlang’s rules say', async () => {
  const commands = fc.commands(
    [falls('crash'), falls('crash'), falls('crash'), falls('finish'), fails, passes, adds, terminates, restarts, deletes],
    {
      maxCommands: 60,
      size: 'max',
    },
  )
  const property = fc.asyncProperty(tree, commands, async (plan, cmds) => {
    const w = world(inProcess)
    const real = { w, leaves: new Map<string, Driven>(), over: false } as unknown as Real
    const root = await w.root(optionsOf(real, plan))
    Object.assign(real, { root })
    root.exited.then(() => {
      real.over = true
    })
    await fc.asyncModelRun(() => ({ model: model(plan, PERIOD_MS), real }), cmds)
    assert.equal((await root.stop()).reason, 'shutdown')
    for (const { id, live } of real.leaves.values()) assert.equal(live().length, 0, `lives of ${id} after the stop`)
    assert.equal(w.clock.pending(), 0)
  })
  await fc.assert(property, { numRuns: runs(400) })
})

async function same(m: Model, r: Real) {
  await r.w.settle()
  while (r.w.clock.pending() > 0) await r.w.clock.advance(0)
  assert.equal(r.over, !m.root.running, 'over')
  for (const { id, live, starts } of r.leaves.values()) {
    const node = m.children().find(({ plan }) => plan.id === id)
    assert.equal(live().length, node?.running === true ? 1 : 0, `lives of ${id}`)
    assert.equal(starts(), m.starts(id), `starts of ${id}`)
  }
  for (const branch of m.branches()) {
    const said = handleOf(r, branch).whichChildren()
    const expected = branch.children.map(({ plan, running }) => [plan.id, running ? 'running' : 'stopped'])
    assert.deepEqual(
      said.map(({ id, state }) => [id, state]),
      expected,
      `children of ${branch.plan.id}`,
    )
  }
}

function leafOf(r: Real, id: string): Driven {
  const known = r.leaves.get(id) ?? r.w.child(id)
  r.leaves.set(id, known)
  return known
}
function specOf(r: Real, plan: Plan): Spec {
  const { id, restart, significant } = plan
  return isBranch(plan)
    ? { id, restart, significant, component: supervisor(optionsOf(r, plan)) }
    : leafOf(r, id).spec({ restart, significant })
}
function optionsOf(r: Real, { strategy, intensity, auto, children }: BranchPlan) {
  return {
    strategy,
    intensity,
    period: PERIOD_MS,
    autoShutdown: auto,
    backoff: atOnce,
    children: children.map(plan => specOf(r, plan)),
  } as const
}
function handleOf(r: Real, branch: Node): Supervisor {
  if (branch.parent === undefined) return r.root.handle
  return handleOf(r, branch.parent).whichChild(branch.plan.id).child!.handle as Supervisor
}
function answers(command: () => Promise<unknown>): Promise<boolean> {
  return command().then(
    () => true,
    () => false,
  )
}
