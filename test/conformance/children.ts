// C15–C18, C35: the children of a running supervisor: added, ended, restarted, deleted, counted.
import assert from 'node:assert/strict'
import { type Child, supervisor } from '../../src/supervisor/index.ts'
import { casesOf } from './extent.ts'
import type { Kit } from './kit.ts'
import { refused, states, world } from './world.ts'

export function children(kit: Kit): void {
  const test = casesOf(kit)
  test('C15 startChild twice with one id: already started, with the child, while it runs; already present when it is stopped', async () => {
    const w = world(kit)
    const a = w.child('a')
    const root = await w.root({})
    const child = await root.handle.startChild(a.spec())
    await assert.rejects(root.handle.startChild(a.spec()), { code: 'SELFHEAL_CHILD_ALREADY_STARTED', child })
    await root.handle.terminateChild('a')
    await refused(() => root.handle.startChild(a.spec()), 'SELFHEAL_CHILD_ALREADY_PRESENT')
    assert.equal(a.starts(), 1)
    await root.stop()
  })

  test('C16 delete: a running child is refused, a stopped one goes, an unknown one is not found', async () => {
    const w = world(kit)
    const root = await w.root({ children: [w.child('a').spec()] })
    await refused(() => root.handle.deleteChild('a'), 'SELFHEAL_CHILD_RUNNING')
    await root.handle.terminateChild('a')
    root.handle.deleteChild('a')
    assert.deepEqual(states(root.handle), {})
    await refused(() => root.handle.deleteChild('a'), 'SELFHEAL_CHILD_NOT_FOUND')
    await root.stop()
  })

  test('C17 restart of a running child is refused, terminate twice is fine, unknown ids are not found', async () => {
    const w = world(kit)
    const a = w.child('a')
    const root = await w.root({ children: [a.spec()] })
    await refused(() => root.handle.restartChild('a'), 'SELFHEAL_CHILD_RUNNING')
    await Promise.all([root.handle.terminateChild('a'), root.handle.terminateChild('a')])
    await root.handle.terminateChild('a')
    assert.deepEqual(w.log, ['start a', 'end a'])
    for (const command of ['restartChild', 'terminateChild', 'replace'] as const)
      await refused(() => root.handle[command]('b'), 'SELFHEAL_CHILD_NOT_FOUND')
    await root.handle.restartChild('a')
    assert.deepEqual(states(root.handle), { a: 'running' })
    await root.stop()
  })

  test('C18 dynamic: terminated by its handle; a dead handle is fine; a foreign live one is not found and stays alive', async () => {
    const w = world(kit)
    const [a, b, foreign] = [w.child('a'), w.child('b'), w.child('foreign')]
    const root = await w.root({ strategy: 'dynamic' })
    const other = await w.root({ strategy: 'dynamic' })
    const child = (await root.handle.startChild(a.spec())) as Child
    await root.handle.startChild(b.spec())
    const stranger = (await other.handle.startChild(foreign.spec())) as Child
    await root.handle.terminateChild(child)
    assert.deepEqual(states(root.handle), { b: 'running' })
    await root.handle.terminateChild(child)
    await refused(() => root.handle.terminateChild(stranger), 'SELFHEAL_CHILD_NOT_FOUND')
    assert.equal(foreign.live().length, 1)
    await root.stop()
    await other.stop()
  })

  test('C18 the handle of a life that was restarted since is a dead one: its successor stays alive', async () => {
    const w = world(kit)
    const a = w.child('a')
    const root = await w.root({ strategy: 'dynamic' })
    const first = (await root.handle.startChild(a.spec())) as Child
    a.crash()
    await w.until(() => a.starts() === 2 && a.live().length === 1)
    await root.handle.terminateChild(first)
    assert.deepEqual(states(root.handle), { a: 'running' })
    await root.stop()
  })

  test('C35 the counts are right for many dynamic children, and for supervisors among them', async () => {
    const w = world(kit)
    const root = await w.root({ strategy: 'dynamic' })
    const many = kit.name === 'in-process' ? 1_000 : 5
    for (const n of [0, many, 2 * many]) {
      const { specs } = root.handle.countChildren()
      const more = Array.from({ length: n - specs }, (_, i) => w.child(`c${specs + i}`).spec())
      await Promise.all(more.map(spec => root.handle.startChild(spec)))
      assert.deepEqual(root.handle.countChildren(), { specs: n, active: n, supervisors: 0, workers: n })
    }
    await root.handle.startChild({ id: 'inner', component: supervisor({}) })
    assert.deepEqual(root.handle.countChildren(), {
      specs: 2 * many + 1,
      active: 2 * many + 1,
      supervisors: 1,
      workers: 2 * many,
    })
    await root.stop()
  })
}
