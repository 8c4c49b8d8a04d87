import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { type Component, type Life, partitions, type ServiceObject, service, startRoot } from './index.ts'

/** Its handle is its number and its life. */
function numbered(n: number) {
  let crash = () => {}
  const what: ServiceObject<{ readonly n: number; readonly generation: number; crash(): void }> = {
    start: (life: Life) => ({ n, generation: life.generation, crash: () => crash() }),
    ended: () =>
      new Promise((_, reject) => {
        crash = () => reject(new Error('crash'))
      }),
    stop: () => {},
  }
  return service(what)
}

test('a key has always the same child, over its lives; the fall of one leaves the others as they are', async () => {
  const root = await startRoot(partitions({ partitions: 4, child: numbered, spec: { restart: 'permanent' } }))
  const of = (key: string | number) => root.handle.of(key).handle
  const keys = Array.from({ length: 200 }, (_, i) => `user-${i}`)
  const before = keys.map(key => of(key).n)
  assert.deepEqual(
    keys.map(key => of(key).n),
    before,
  )
  assert.equal(new Set(before).size, 4)
  assert.deepEqual(
    [0, 1, 2, 3, 4, -1].map(key => of(key).n),
    [0, 1, 2, 3, 0, 1],
  )
  of(2).crash()
  await turn()
  assert.deepEqual(
    [0, 1, 2, 3].map(key => of(key).generation),
    [1, 1, 2, 1],
  )
  await root.handle.terminateChild('1')
  assert.throws(() => of(1), { code: 'SELFHEAL_CHILD_NOT_RUNNING', path: 'app/1' })
  assert.deepEqual(root.handle.countChildren(), { specs: 4, active: 3, supervisors: 0, workers: 4 })
  await root.stop()
})

test('as many as there are cores by default; impossible ones are refused', async () => {
  const child: Component = numbered(0)
  const root = await startRoot(partitions({ child }))
  assert.ok(root.handle.countChildren().active >= 1)
  await root.stop()
  for (const count of [0, 1.5, -1])
    assert.throws(() => partitions({ partitions: count, child }), /partitions must be a whole number/)
  assert.throws(() => partitions({ child, intensity: -1 }), /intensity must be/)
})
