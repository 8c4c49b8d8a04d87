// C13, C14, C40, C43, C51: how children are ended, by what time, and what is said of those that would not.
import assert from 'node:assert/strict'
import type { Exit } from '../../src/supervisor/index.ts'
import { casesOf } from './extent.ts'
import type { Kit } from './kit.ts'
import { world } from './world.ts'

export function stopping(kit: Kit): void {
  const test = casesOf(kit)
  test('C13 a stuck child is killed when its second is over, its sibling ends with shutdown', async () => {
    const w = world(kit)
    const [a, b] = [w.child('a'), w.child('b', { stuck: true })]
    const root = await w.root({ children: [a.spec(), b.spec({ shutdown: 1_000 })] })
    const stopped = root.stop()
    await w.clock.advance(999)
    assert.equal(b.live().length, 1)
    assert.deepEqual(w.log, ['start a', 'start b'])
    await w.clock.advance(1)
    await w.until(() => a.live().length === 0)
    const exit = await stopped
    const ends = Object.fromEntries(w.told('supervisor.child_exited').map(({ data }) => [data.id, data.reason]))
    if (kit.killable) {
      assert.deepEqual(ends, { a: 'shutdown', b: 'killed' })
      assert.equal(exit.reason, 'shutdown')
      return
    }
    // What can't be killed is named, and its supervisor says so in its own exit.
    assert.deepEqual(ends, { a: 'shutdown' })
    assert.deepEqual(w.told('supervisor.child_unstopped')[0]!.data, { id: 'b', generation: 1, forMs: 1_000, during: 'stop' })
    assert.deepEqual(exit, { reason: 'error', what: 'escalated', info: { unstopped: ['top/b'] } })
  })

  test('C13 infinity waits as long as it takes', async () => {
    const w = world(kit)
    const a = w.child('a', { stuck: true })
    const root = await w.root({ children: [a.spec({ shutdown: 'infinity' })] })
    let over: Exit | undefined
    root.stop().then(exit => {
      over = exit
    })
    await w.clock.advance(24 * 3_600_000)
    assert.equal(over, undefined)
    a.finish()
    await w.until(() => over !== undefined)
    assert.equal(over!.reason, 'shutdown')
  })

  test('C14 brutal_kill gives no grace; its sibling ends gracefully', async () => {
    const w = world(kit)
    const [a, b] = [w.child('a'), w.child('b', { stuck: kit.killable })]
    const root = await w.root({ children: [a.spec(), b.spec({ shutdown: 'brutal_kill' })] })
    await root.stop()
    const ends = Object.fromEntries(w.told('supervisor.child_exited').map(({ data }) => [data.id, data.reason]))
    assert.deepEqual(ends, { a: 'shutdown', b: kit.killable ? 'killed' : 'shutdown' })
    assert.equal(w.clock.now(), 0)
  })

  test('C40 dynamic children stop in parallel: two that end, one stuck with 2 s, take 2 s in all', async () => {
    const w = world(kit)
    const all = ['a', 'b', 'c'].map(id => w.child(id, { stuck: id !== 'a' }))
    const root = await w.root({ strategy: 'dynamic' })
    for (const child of all) await root.handle.startChild(child.spec({ shutdown: '2s' }))
    let over = false
    root.stop().then(() => {
      over = true
    })
    await w.until(() => all[0]!.live().length === 0)
    assert.deepEqual([all[1]!.live().length, all[2]!.live().length, over], [1, 1, false])
    await w.clock.advance(2_000)
    await w.until(() => over)
    assert.equal(w.clock.now(), 2_000)
  })

  test('C43 ten times as many dynamic children are ended with ten times as much work, not a hundred times', async () => {
    const w = world(kit)
    const steps = async (n: number) => {
      const root = await w.root({ strategy: 'dynamic' })
      const specs = Array.from({ length: n }, (_, i) => w.child(`c${i}`).spec({ restart: 'temporary' }))
      await Promise.all(specs.map(spec => root.handle.startChild(spec)))
      const before = w.told('supervisor.child_exited').length
      await root.stop()
      assert.equal(w.told('supervisor.child_exited').length - before, n)
    }
    const [few, many] = kit.killable ? [1, 10] : [300, 3_000]
    await steps(few)
    await steps(many)
    assert.equal(w.clock.pending(), 0)
  })

  test('C51 an end that was asked for is clean when it says shutdown or normal; anything else is told as a warning', async () => {
    const w = world(kit)
    const a = w.child('a')
    const { component } = a.spec()
    const exits: readonly Exit[] = [
      { reason: 'shutdown' },
      { reason: 'normal' },
      { reason: 'error', what: 'code', code: 7 },
      { reason: 'killed', signal: 'SIGKILL' },
    ]
    const levels: string[] = []
    for (const as of exits) {
      const ending = {
        ...component,
        start: async (life: never) => {
          const child = await component.start(life)
          return child === 'ignore' ? child : { ...child, exited: child.exited.then(() => as) }
        },
      }
      const root = await w.root({ children: [{ id: 'a', component: ending }] })
      await root.stop()
      levels.push(w.told('supervisor.child_exited').at(-1)!.level)
    }
    assert.deepEqual(levels, ['info', 'info', 'warn', 'warn'])
  })
}
