// C28–C32: siblings that are restarted together, and the order of everything.
import assert from 'node:assert/strict'
import { casesOf } from './extent.ts'
import type { Kit } from './kit.ts'
import { type Driven, states, type World, world } from './world.ts'

export function groups(kit: Kit): void {
  const test = casesOf(kit)
  test('C28 one_for_all: all are replaced, ended in reverse, started in order, and it counts as one restart', async () => {
    const w = world(kit)
    const all = ['a', 'b', 'c'].map(id => w.child(id))
    const root = await w.root({ strategy: 'one_for_all', children: all.map(child => child.spec()), intensity: 1 })
    w.log.length = 0
    all[1]!.crash()
    await w.until(() => started(all, 2))
    assert.deepEqual(w.log, ['end b', 'end c', 'end a', 'start a', 'start b', 'start c'])
    assert.equal(w.told('supervisor.child_restarting').length, 1)
    await root.stop()
  })

  test('C29 one_for_all, another child fails its restart: those restarted are ended, and all are tried again', async () => {
    const w = world(kit)
    const all = ['a', 'b', 'c'].map(id => w.child(id))
    const root = await w.root({ strategy: 'one_for_all', children: all.map(child => child.spec()), intensity: 9 })
    all[2]!.script.failStarts = 1
    w.log.length = 0
    all[0]!.crash()
    await w.until(() => states(root.handle)['c'] === 'running' && all[2]!.starts() === 3)
    assert.deepEqual(w.log.slice(3), ['start a', 'start b', 'end b', 'end a', 'start a', 'start b', 'start c'])
    assert.equal(w.told('supervisor.child_restarting').length, 2)
    await root.stop()
  })

  test('C30 rest_for_one: those started before keep their lives', async () => {
    const w = world(kit)
    const all = ['a', 'b', 'c'].map(id => w.child(id))
    const root = await w.root({ strategy: 'rest_for_one', children: all.map(child => child.spec()), intensity: 1 })
    const [before] = all[0]!.live()
    w.log.length = 0
    all[1]!.crash()
    await w.until(() => started(all.slice(1), 2))
    assert.deepEqual(w.log, ['end b', 'end c', 'start b', 'start c'])
    assert.equal(all[0]!.live()[0], before)
    await root.stop()
  })

  test('C31 rest_for_one, a later child fails its restart: only from that one on is it tried again', async () => {
    const w = world(kit)
    const all = ['a', 'b', 'c', 'd'].map(id => w.child(id))
    const root = await w.root({ strategy: 'rest_for_one', children: all.map(child => child.spec()), intensity: 9 })
    all[2]!.script.failStarts = 2
    w.log.length = 0
    all[1]!.crash()
    await w.until(() => all[3]!.starts() === 2 && all[3]!.live().length === 1)
    assert.deepEqual(
      all.map(child => child.starts()),
      [1, 2, 4, 2],
    )
    assert.deepEqual(w.log, ['end b', 'end d', 'end c', 'start b', 'start c', 'start d'])
    await root.stop()
  })

  test('C32 order: start 1…5; a crash of 3 in rest_for_one ends 5, 4 and starts 3, 4, 5; a stop ends 5…1', async () => {
    const w = world(kit)
    const all = ['1', '2', '3', '4', '5'].map(id => w.child(id))
    const root = await w.root({ strategy: 'rest_for_one', children: all.map(child => child.spec()) })
    all[2]!.crash()
    await w.until(() => started(all.slice(2), 2))
    await root.stop()
    const starts = (...ids: string[]) => ids.map(id => `start ${id}`)
    const ends = (...ids: string[]) => ids.map(id => `end ${id}`)
    assert.deepEqual(w.log, [
      ...starts('1', '2', '3', '4', '5'),
      ...ends('3', '5', '4'),
      ...starts('3', '4', '5'),
      ...ends('5', '4', '3', '2', '1'),
    ])
  })

  test('a child ended by terminateChild is brought back by a later group restart', async () => {
    const w = world(kit)
    const all = ['a', 'b'].map(id => w.child(id))
    const root = await w.root({ strategy: 'one_for_all', children: all.map(child => child.spec()) })
    await root.handle.terminateChild('b')
    all[0]!.crash()
    await w.until(() => started(all, 2))
    assert.deepEqual(states(root.handle), { a: 'running', b: 'running' })
    await root.stop()
  })

  test('two that fall during one group restart are both back afterwards', async () => {
    const w = world(kit)
    const all = ['a', 'b', 'c'].map(id => w.child(id))
    const root = await w.root({ strategy: 'rest_for_one', children: all.map(child => child.spec()), intensity: 9 })
    all[2]!.crash()
    await fallen(w, 1)
    all[1]!.crash()
    all[0]!.crash()
    await w.until(() => all.every(child => child.live().length === 1) && all[0]!.starts() === 2)
    await w.settle()
    assert.deepEqual(states(root.handle), { a: 'running', b: 'running', c: 'running' })
    assert.deepEqual(
      all.map(child => child.live().length),
      [1, 1, 1],
    )
    await root.stop()
  })
}

const started = (all: readonly Driven[], times: number) =>
  all.every(child => child.starts() === times && child.live().length === 1)
const fallen = (w: World, times: number) => w.until(() => w.told('supervisor.child_exited').length >= times)
