// C34, C45–C50: supervisors of supervisors, significant children, and what must never harm a supervisor.
import assert from 'node:assert/strict'
import { createEvents } from '../../src/core/index.ts'
import { type Supervisor, startRoot, supervisor } from '../../src/supervisor/index.ts'
import { casesOf } from './extent.ts'
import type { Kit } from './kit.ts'
import { atOnce, states, world } from './world.ts'

export function trees(kit: Kit): void {
  const test = casesOf(kit)
  test('C34 an inner supervisor over its limit is replaced by its own; its static children return, added ones do not', async () => {
    const w = world(kit)
    const [a, b, added] = [w.child('a'), w.child('b'), w.child('added')]
    const inner = supervisor({ children: [a.spec(), b.spec()], intensity: 1, backoff: atOnce })
    const root = await w.root({ children: [{ id: 'inner', component: inner }] })
    const handle = () => root.handle.whichChildren()[0]!.child!.handle as Supervisor
    await handle().startChild(added.spec())
    a.crash()
    await w.until(() => a.starts() === 2 && a.live().length === 1)
    a.crash()
    await w.until(() => a.starts() === 3 && b.starts() === 2 && states(root.handle)['inner'] === 'running')
    assert.deepEqual(states(handle()), { a: 'running', b: 'running' })
    assert.deepEqual({ starts: added.starts(), live: added.live().length }, { starts: 1, live: 0 })
    const { reason, what } = w.told('supervisor.child_exited').find(({ source }) => source === 'top/inner')!.data
    assert.deepEqual({ reason, what }, { reason: 'shutdown', what: 'escalated' })
    await root.stop()
  })

  test('C45 significant with autoShutdown never, with permanent, and autoShutdown with dynamic are refused', async () => {
    const w = world(kit)
    const spec = (more: object) => w.child('a').spec({ significant: true, ...more })
    assert.throws(
      () => supervisor({ children: [spec({ restart: 'transient' })] }),
      /significant must not be with autoShutdown never/,
    )
    assert.throws(
      () => supervisor({ autoShutdown: 'any_significant', children: [spec({})] }),
      /significant must not be with restart permanent/,
    )
    assert.throws(() => supervisor({ strategy: 'dynamic', autoShutdown: 'any_significant' }), /autoShutdown must be never/)
    const root = await w.root({})
    await assert.rejects(root.handle.startChild(spec({ restart: 'temporary' })), /significant must not be/)
    await root.stop()
  })

  for (const [restart, how] of [
    ['temporary', 'crash'],
    ['temporary', 'finish'],
    ['transient', 'finish'],
  ] as const)
    test(`C46 any_significant: the ${how} of a ${restart} child ends the supervisor`, async () => {
      const w = world(kit)
      const [a, b] = [w.child('a'), w.child('b')]
      const children = [a.spec({ restart, significant: true }), b.spec()]
      const root = await w.root({ autoShutdown: 'any_significant', children })
      a[how]()
      const exit = await root.exited
      assert.deepEqual([exit.reason, exit.what, b.live().length], ['shutdown', undefined, 0])
    })

  test('C46 any_significant: the crash of a transient child, and an explicit terminate, do not end the supervisor', async () => {
    const w = world(kit)
    const [a, b] = [w.child('a'), w.child('b')]
    const children = [a.spec({ restart: 'transient', significant: true }), b.spec({ restart: 'temporary', significant: true })]
    const root = await w.root({ autoShutdown: 'any_significant', children })
    a.crash()
    await w.until(() => a.starts() === 2 && a.live().length === 1)
    await root.handle.terminateChild('a')
    await root.handle.terminateChild('b')
    await w.settle()
    assert.deepEqual(states(root.handle), { a: 'stopped' })
    await root.stop()
  })

  test('C47 all_significant: it ends only after the last live significant child has ended', async () => {
    const w = world(kit)
    const [a, b, c] = [w.child('a'), w.child('b'), w.child('c')]
    const more = { restart: 'transient', significant: true } as const
    const root = await w.root({ autoShutdown: 'all_significant', children: [a.spec(more), b.spec(more), c.spec()] })
    let over = false
    root.exited.then(() => {
      over = true
    })
    a.finish()
    await w.until(() => a.live().length === 0)
    await w.settle()
    assert.equal(over, false)
    b.finish()
    await w.until(() => over)
    assert.equal(c.live().length, 0)
  })

  test('C48 a significant bystander ended by a group restart does not end the supervisor', async () => {
    const w = world(kit)
    const [a, b, c] = [w.child('a'), w.child('b'), w.child('c')]
    const root = await w.root({
      strategy: 'one_for_all',
      autoShutdown: 'any_significant',
      children: [
        a.spec(),
        b.spec({ restart: 'temporary', significant: true }),
        c.spec({ restart: 'transient', significant: true }),
      ],
    })
    a.crash()
    await w.until(() => a.live().length === 1 && c.live().length === 1 && c.starts() === 2)
    assert.deepEqual(states(root.handle), { a: 'running', c: 'running' })
    await root.stop()
  })

  test('C49 auto-shutdown goes up through significant supervisors only', async () => {
    for (const significant of [true, false]) {
      const w = world(kit)
      const a = w.child('a')
      const inner = supervisor({
        autoShutdown: 'any_significant',
        children: [a.spec({ restart: 'transient', significant: true })],
      })
      const children = [{ id: 'inner', component: inner, restart: 'transient', significant } as const]
      const root = await w.root({ autoShutdown: 'any_significant', children })
      a.finish()
      await w.until(() => w.told('supervisor.child_exited').some(({ source }) => source === 'top/inner'))
      await w.settle()
      assert.equal(w.told('supervisor.child_restarting').length, 0)
      if (significant) assert.equal((await root.exited).reason, 'shutdown')
      else {
        assert.deepEqual(states(root.handle), { inner: 'stopped' })
        await root.stop()
      }
    }
  })

  test('C50 a listener that throws, and events that throw, never harm the supervisor', async () => {
    const w = world(kit)
    const a = w.child('a')
    const loud = createEvents({ clock: w.clock })
    loud.on('*', () => {
      throw new Error('a listener')
    })
    const broken = {
      on: loud.on,
      relay: loud.relay,
      emit: () => {
        throw new Error('events')
      },
    }
    for (const events of [loud, broken]) {
      const before = a.starts()
      const root = await startRoot(supervisor({ children: [a.spec()] }), { clock: w.clock, events })
      a.crash()
      await w.until(() => a.starts() === before + 2 && a.live().length === 1)
      await root.stop()
    }
  })
}
