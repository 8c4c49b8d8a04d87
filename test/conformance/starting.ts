// C01–C12: what a supervisor does at its start, and what it refuses.
import assert from 'node:assert/strict'
import { isConfigError } from '../../src/core/index.ts'
import { type ChildError, service, startRoot, supervisor } from '../../src/supervisor/index.ts'
import { casesOf } from './extent.ts'
import type { Kit } from './kit.ts'
import { refused, states, world } from './world.ts'

export function starting(kit: Kit): void {
  const test = casesOf(kit)
  test('C01 without children: it starts, and a stop ends it with shutdown', async () => {
    const w = world(kit)
    const root = await w.root({})
    assert.deepEqual(root.handle.countChildren(), { specs: 0, active: 0, supervisors: 0, workers: 0 })
    assert.equal((await root.stop()).reason, 'shutdown')
  })

  test('C02 a supervisor whose options say ignore is kept and does not run; at the root there is nothing to run', async () => {
    const w = world(kit)
    const root = await w.root({ children: [{ id: 'inner', component: supervisor(() => 'ignore') }] })
    assert.deepEqual(states(root.handle), { inner: 'stopped' })
    await root.stop()
    await refused(() => startRoot(supervisor(async () => 'ignore' as const)), 'SELFHEAL_CHILD_IGNORED')
  })

  test('C03 a child says ignore: its spec is kept, it does not run, its siblings start', async () => {
    const w = world(kit)
    const [a, b] = [w.child('a', { ignoreStarts: 1 }), w.child('b')]
    const root = await w.root({ children: [a.spec(), b.spec()] })
    const { specs, active } = root.handle.countChildren()
    assert.deepEqual({ specs, active }, { specs: 2, active: 1 })
    assert.deepEqual(states(root.handle), { a: 'stopped', b: 'running' })
    assert.notEqual(await root.handle.restartChild('a'), 'ignore')
    await root.stop()
  })

  test('C04 a temporary child says ignore: its spec is not kept', async () => {
    const w = world(kit)
    const a = w.child('a', { ignoreStarts: 2 })
    const root = await w.root({ children: [a.spec({ restart: 'temporary' })] })
    assert.equal(root.handle.countChildren().specs, 0)
    assert.equal(await root.handle.startChild(a.spec({ restart: 'temporary' })), 'ignore')
    assert.equal(root.handle.countChildren().specs, 0)
    await root.stop()
  })

  test('C05 a dynamic child says ignore: nothing of it is kept, and the supervisor stops cleanly', async () => {
    const w = world(kit)
    const root = await w.root({ strategy: 'dynamic' })
    assert.equal(await root.handle.startChild(w.child('a', { ignoreStarts: 1 }).spec()), 'ignore')
    assert.equal(root.handle.countChildren().specs, 0)
    assert.equal((await root.stop()).reason, 'shutdown')
  })

  test('C06 options that throw, or are rubbish, fail the start with that error, and nothing runs', async () => {
    const w = world(kit)
    const a = w.child('a')
    const error = new Error('no options today')
    const throwing = supervisor(() => {
      throw error
    })
    await assert.rejects(w.tree(throwing), error)
    await assert.rejects(w.tree(supervisor(() => 7 as never)), isConfigError)
    await assert.rejects(w.tree(supervisor(() => ({ children: [a.spec(), { id: 'b' } as never] }))), isConfigError)
    assert.equal(a.starts(), 0)
  })

  test('C06 a component that starts with rubbish fails its start', async () => {
    const w = world(kit)
    for (const rubbish of [undefined, null, 7, {}, { exited: Promise.resolve() }, { kill: () => true, exited: 7 }]) {
      const component = { kind: 'service', start: async () => rubbish as never } as const
      await assert.rejects(w.root({ children: [{ id: 'a', component }] }), ({ code, cause }: ChildError) => {
        assert.deepEqual([code, (cause as ChildError).code], ['SELFHEAL_CHILD_START_FAILED', 'SELFHEAL_CHILD_START_RUBBISH'])
        return true
      })
    }
  })

  test('C07 third of three fails at its start: the second, then the first are ended; it is not tried again', async () => {
    const w = world(kit)
    const [a, b, c] = [w.child('a'), w.child('b'), w.child('c', { failStarts: 1 })]
    await assert.rejects(w.root({ children: [a.spec(), b.spec(), c.spec()] }), {
      code: 'SELFHEAL_CHILD_START_FAILED',
      path: 'top/c',
      message: /failed to start/,
    })
    await w.clock.advance(60_000)
    assert.deepEqual(w.log, ['start a', 'start b', 'end b', 'end a'])
    assert.equal(c.starts(), 1)
    assert.equal(w.clock.pending(), 0)
  })

  test('C08 startChild fails: its error comes back, the spec is not kept, no restart is counted', async () => {
    const w = world(kit)
    const [a, b] = [w.child('a'), w.child('b', { failStarts: 3 })]
    const root = await w.root({ children: [a.spec()], intensity: 0 })
    for (let i = 0; i < 3; i++) await assert.rejects(root.handle.startChild(b.spec()), /failed to start/)
    assert.deepEqual(states(root.handle), { a: 'running' })
    assert.equal(w.told('supervisor.child_restarting').length, 0)
    await root.stop()
  })

  test('C09 restartChild fails: its error comes back, the child stays stopped, nothing is counted', async () => {
    const w = world(kit)
    const a = w.child('a')
    const root = await w.root({ children: [a.spec()], intensity: 0 })
    await root.handle.terminateChild('a')
    a.script.failStarts = 1
    await assert.rejects(root.handle.restartChild('a'), /failed to start/)
    assert.deepEqual(states(root.handle), { a: 'stopped' })
    await root.handle.restartChild('a')
    assert.deepEqual(states(root.handle), { a: 'running' })
    await root.stop()
  })

  test('C10 with nothing said: one_for_one, permanent, three restarts in 5 s, and no end of anything', async () => {
    const w = world(kit)
    const [a, b] = [w.child('a'), w.child('b')]
    const root = await w.tree(supervisor({ children: [a.spec(), b.spec()], backoff: { baseMs: 0 } }))
    for (let i = 1; i <= 3; i++) {
      a.finish()
      await w.until(() => a.starts() === i + 1 && states(root.handle)['a'] === 'running')
    }
    const { intensity, periodMs } = w.told('supervisor.child_restarting')[0]!.data
    assert.deepEqual({ intensity, periodMs, b: b.starts() }, { intensity: 3, periodMs: 5_000, b: 1 })
    a.finish()
    assert.equal((await root.exited).reason, 'shutdown')
  })

  test('C11 faulty specs are refused together, each with its place, and duplicate ids', async () => {
    const w = world(kit)
    const component = service(async () => {})
    const faulty: [unknown, RegExp][] = [
      [{ component }, /children\[0\]\.id must be/],
      [{ id: 'a/b', component }, /children\[0\]\.id must be/],
      [{ id: 'a' }, /children\[0\]\.component must be/],
      [{ id: 'a', component: { kind: 'service' } }, /children\[0\]\.component\.start must be/],
      [{ id: 'a', component: { ...component, kind: 'thing' } }, /children\[0\]\.component\.kind must be/],
      [{ id: 'a', component, restart: 'always' }, /children\[0\]\.restart must be one of permanent, transient, temporary/],
      [{ id: 'a', component, shutdown: -10 }, /children\[0\]\.shutdown must be/],
      [{ id: 'a', component, startWithin: 'soon' }, /children\[0\]\.startWithin must be/],
      [{ id: 'a', component, significant: 1 }, /children\[0\]\.significant must be/],
      [{ id: 'a', component, restrat: 'permanent' }, /children\[0\]\.restrat is not known/],
      [7, /children\[0\] must be an object/],
    ]
    for (const [spec, says] of faulty) assert.throws(() => supervisor({ children: [spec as never] }), says)
    const two = { id: 'a', component }
    assert.throws(() => supervisor({ children: [two, two] }), /children\[1\]\.id must be unique/)
    const many = () => supervisor({ children: [{ id: 'a', component, restart: 'x', shutdown: -1 } as never, {} as never] })
    assert.throws(many, (error: unknown) => isConfigError(error) && error.faults.length === 4)
    const root = await w.root({})
    await assert.rejects(root.handle.startChild({ id: 'a', component, shutdown: -10 as never }), isConfigError)
    await root.stop()
  })

  test('C12 impossible options of the supervisor are refused together', () => {
    const faulty: [object, RegExp][] = [
      [{ intensity: Number.POSITIVE_INFINITY }, /intensity must be/],
      [{ intensity: -1 }, /intensity must be/],
      [{ intensity: 1.5 }, /intensity must be/],
      [{ period: 0 }, /period must be/],
      [{ period: 'x' }, /period must be/],
      [{ strategy: 'one_for_two' }, /strategy must be/],
      [{ budget: 'family' }, /budget must be/],
      [{ exhausted: 'never' }, /exhausted must be/],
      [{ exhausted: { retryEvery: 0 } }, /exhausted\.retryEvery must be/],
      [{ exhausted: { retryEvery: 1, meanwhile: 7 } }, /exhausted\.meanwhile must be/],
      [{ backoff: { baseMs: -1 } }, /backoff\.baseMs must be/],
      [{ backoff: { jitter: 2 } }, /backoff\.jitter must be/],
      [{ children: 7 }, /children must be a list/],
      [{ wat: 1 }, /wat is not known/],
    ]
    for (const [options, says] of faulty) assert.throws(() => supervisor(options as never), says)
    assert.throws(() => supervisor(Object.assign({}, ...faulty.map(([options]) => options)) as never), {
      code: 'SELFHEAL_CONFIG',
      message: /8 faults|9 faults|7 faults/,
    })
  })
}
