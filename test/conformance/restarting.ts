// C19–C27, C36–C38, C41: which falls are answered by a restart, how many, and what a child in restart allows.
import assert from 'node:assert/strict'
import type { Child, Strategy } from '../../src/supervisor/index.ts'
import { casesOf } from './extent.ts'
import type { Kit } from './kit.ts'
import { refused, states, world } from './world.ts'

const strategies: readonly Strategy[] = ['one_for_one', 'one_for_all', 'rest_for_one']

export function restarting(kit: Kit): void {
  const test = casesOf(kit)
  for (const strategy of [...strategies, 'dynamic'] as const) {
    test(`C19 ${strategy}: a permanent child comes back after a normal end and after a crash`, async () => {
      const w = world(kit)
      const a = w.child('a')
      const root = await w.root({ strategy })
      await root.handle.startChild(a.spec())
      a.finish()
      await w.until(() => a.starts() === 2 && a.live().length === 1)
      a.crash()
      await w.until(() => a.starts() === 3 && a.live().length === 1)
      assert.deepEqual(states(root.handle), { a: 'running' })
      await root.stop()
    })

    test(`C20 ${strategy}: a transient child comes back after a crash, not after a normal end; its spec is kept`, async () => {
      const w = world(kit)
      const a = w.child('a')
      const root = await w.root({ strategy })
      await root.handle.startChild(a.spec({ restart: 'transient' }))
      a.crash()
      await w.until(() => a.starts() === 2 && a.live().length === 1)
      a.finish()
      await w.until(() => w.told('supervisor.child_exited').length === 2)
      await w.clock.advance(60_000)
      assert.deepEqual(states(root.handle), strategy === 'dynamic' ? {} : { a: 'stopped' })
      assert.equal(a.starts(), 2)
      await root.stop()
    })

    test(`C21 ${strategy}: a temporary child never comes back, and its spec goes, however it ends`, async () => {
      const w = world(kit)
      const a = w.child('a')
      const root = await w.root({ strategy })
      for (const how of ['crash', 'finish', 'terminate']) {
        await root.handle.startChild(a.spec({ restart: 'temporary' }))
        if (how === 'terminate') await root.handle.terminateChild('a')
        else a[how as 'crash']()
        await w.until(() => a.live().length === 0 && root.handle.countChildren().specs === 0)
      }
      await w.clock.advance(60_000)
      assert.equal(a.starts(), 3)
      await root.stop()
    })
  }

  for (const strategy of ['one_for_all', 'rest_for_one'] as const)
    test(`C22 ${strategy}: a temporary bystander of a group restart is ended, not revived, not counted`, async () => {
      const w = world(kit)
      const [a, b] = [w.child('a'), w.child('b')]
      const root = await w.root({ strategy, children: [a.spec(), b.spec({ restart: 'temporary' })], intensity: 1 })
      a.crash()
      await w.until(() => a.starts() === 2 && a.live().length === 1)
      assert.deepEqual(states(root.handle), { a: 'running' })
      assert.deepEqual({ starts: b.starts(), live: b.live().length }, { starts: 1, live: 0 })
      await root.stop()
    })

  test('C23 one restart in 1 s allowed, a crash every 2.1 s, four times: it survives', async () => {
    const w = world(kit)
    const a = w.child('a')
    const root = await w.root({ children: [a.spec()], intensity: 1, period: '1s' })
    for (let i = 2; i <= 5; i++) {
      a.crash()
      await w.until(() => a.starts() === i && a.live().length === 1)
      await w.clock.advance(2_100)
    }
    assert.deepEqual(states(root.handle), { a: 'running' })
    await root.stop()
  })

  test('C24 two restarts allowed: the third crash in the period ends the supervisor with shutdown, and the others with it', async () => {
    const w = world(kit)
    const [a, b] = [w.child('a'), w.child('b')]
    const root = await w.root({ children: [a.spec(), b.spec()], intensity: 2 })
    for (let i = 2; i <= 3; i++) {
      a.crash()
      await w.until(() => a.starts() === i && a.live().length === 1)
    }
    a.crash()
    const exit = await root.exited
    assert.deepEqual({ reason: exit.reason, what: exit.what }, { reason: 'shutdown', what: 'escalated' })
    assert.deepEqual(w.told('supervisor.exhausted')[0]!.data, { id: 'a', restarts: 3, intensity: 2, periodMs: 5_000 })
    assert.equal(b.live().length, 0)
  })

  test('C26 one_for_one: the sibling keeps its life', async () => {
    const w = world(kit)
    const [a, b] = [w.child('a'), w.child('b')]
    const root = await w.root({ children: [a.spec(), b.spec()] })
    const [before] = b.live()
    a.crash()
    await w.until(() => a.starts() === 2 && a.live().length === 1)
    assert.equal(b.live()[0], before)
    await root.stop()
  })

  for (const strategy of strategies)
    test(`C27 ${strategy}: a restart that keeps failing counts each try, and at the limit the supervisor ends, its siblings stopped`, async () => {
      const w = world(kit)
      const [a, b] = [w.child('a'), w.child('b')]
      const root = await w.root({ strategy, children: [a.spec(), b.spec()], intensity: 4 })
      b.script.failStarts = Number.POSITIVE_INFINITY
      b.crash()
      const exit = await until(w, root.exited)
      assert.equal(exit.reason, 'shutdown')
      assert.equal(b.starts(), 1 + 4)
      assert.equal(a.live().length, 0)
      assert.deepEqual(
        w.told('supervisor.child_restarting').map(({ data }) => data.restarts),
        [1, 2, 3, 4],
      )
    })

  for (const strategy of strategies)
    test(`C36 C37 ${strategy}: while its restart waits a child is neither started, restarted nor deleted; terminate cancels it`, async () => {
      const w = world(kit)
      const [a, b] = [w.child('a'), w.child('b')]
      const options = { strategy, children: [a.spec(), b.spec()], intensity: 9, backoff: { baseMs: 1_000, jitter: 0 } }
      const root = await w.root(options)
      b.script.failStarts = 1
      b.crash()
      await w.until(() => w.told('supervisor.child_start_failed').length === 1 && states(root.handle)['b'] === 'waiting')
      await w.until(() => root.handle.countChildren().active === (strategy === 'one_for_all' ? 0 : 1))
      await refused(() => root.handle.startChild(b.spec()), 'SELFHEAL_CHILD_ALREADY_PRESENT')
      await refused(() => root.handle.restartChild('b'), 'SELFHEAL_CHILD_RESTARTING')
      await refused(() => root.handle.deleteChild('b'), 'SELFHEAL_CHILD_RESTARTING')
      await root.handle.terminateChild('b')
      await w.until(() => a.live().length === 1)
      await w.clock.advance(60_000)
      assert.deepEqual(states(root.handle), { a: 'running', b: 'stopped' })
      assert.equal(b.starts(), 2)
      await root.handle.restartChild('b')
      assert.deepEqual(states(root.handle), { a: 'running', b: 'running' })
      await root.stop()
    })

  test('C36 while a start is in progress the child is restarting, and not active', async () => {
    const w = world(kit)
    const a = w.child('a')
    const held = Promise.withResolvers<void>()
    const { component } = a.spec()
    let starts = 0
    const slow = {
      ...component,
      async start(life: never) {
        if (starts++ > 0) await held.promise
        return component.start(life)
      },
    }
    const root = await w.root({ children: [{ id: 'a', component: slow }] })
    a.crash()
    await w.until(() => starts === 2)
    assert.deepEqual(states(root.handle), { a: 'restarting' })
    assert.equal(root.handle.countChildren().active, 0)
    await refused(() => root.handle.restartChild('a'), 'SELFHEAL_CHILD_RESTARTING')
    held.resolve()
    await w.until(() => states(root.handle)['a'] === 'running')
    await root.stop()
  })

  for (const strategy of strategies)
    test(`C38 ${strategy}: a supervisor whose child loops in restart stops at once`, async () => {
      const w = world(kit)
      const [a, b] = [w.child('a'), w.child('b')]
      const backoff = { baseMs: 10_000, jitter: 0 }
      const root = await w.root({ strategy, children: [a.spec(), b.spec()], intensity: 1_000, backoff })
      b.script.failStarts = Number.POSITIVE_INFINITY
      b.crash()
      await w.until(() => w.told('supervisor.child_start_failed').length > 0)
      assert.equal((await root.stop()).reason, 'shutdown')
      assert.equal(w.clock.pending(), 0)
      const { length } = w.told('supervisor.child_start_failed')
      await w.clock.advance(60_000)
      assert.equal(w.told('supervisor.child_start_failed').length, length)
    })

  test('C37 dynamic: while its restart loops it is ended by its id, or by the handle of the life it had; the supervisor lives', async () => {
    for (const by of ['id', 'handle'] as const) {
      const w = world(kit)
      const [a, b] = [w.child('a'), w.child('b')]
      const root = await w.root({ strategy: 'dynamic', intensity: 1_000, backoff: { baseMs: 1_000, jitter: 0 } })
      const child = (await root.handle.startChild(a.spec())) as Child
      await root.handle.startChild(b.spec())
      a.script.failStarts = Number.POSITIVE_INFINITY
      a.crash()
      await w.until(() => w.told('supervisor.child_start_failed').length > 0 && states(root.handle)['a'] === 'waiting')
      assert.deepEqual(root.handle.countChildren(), { specs: 2, active: 1, supervisors: 0, workers: 2 })
      await root.handle.terminateChild(by === 'id' ? 'a' : child)
      assert.deepEqual(states(root.handle), { b: 'running' })
      const { length } = w.told('supervisor.child_start_failed')
      await w.clock.advance(60_000)
      assert.equal(w.told('supervisor.child_start_failed').length, length)
      await root.stop()
    }
  })

  test('C41 a dynamic child whose restart says ignore is forgotten; the supervisor lives', async () => {
    const w = world(kit)
    const [a, b] = [w.child('a'), w.child('b')]
    const root = await w.root({ strategy: 'dynamic' })
    await root.handle.startChild(a.spec())
    await root.handle.startChild(b.spec())
    a.script.ignoreStarts = 1
    a.crash()
    await w.until(() => a.starts() === 2 && root.handle.countChildren().specs === 1)
    assert.deepEqual(states(root.handle), { b: 'running' })
    await root.stop()
  })
}

/** The promise, with the manual clock kept going for waits of no time. */
async function until<T>(w: ReturnType<typeof world>, promise: Promise<T>): Promise<T> {
  let value: { readonly is: T } | undefined
  promise.then(is => {
    value = { is }
  })
  await w.until(() => value !== undefined)
  return value!.is
}
