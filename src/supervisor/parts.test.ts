// The live tree as parts: what status, dashboard and `selfheal tree` read of it.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { manualClock } from '../testing/index.ts'
import { type ComponentSnapshot, type Life, type Spec, service, startRoot, supervisor, treeParts } from './index.ts'

function worker(id: string, more: Partial<Spec> = {}) {
  let crash = () => {}
  const spec: Spec = {
    id,
    component: service((life: Life) => {
      const { promise, resolve, reject } = Promise.withResolvers<void>()
      crash = () => reject(new TypeError(`${id} broke`))
      life.signal.addEventListener('abort', () => resolve())
      return promise
    }),
    ...more,
  }
  return { spec, crash: () => crash() }
}

test('a part for each supervisor and component, with states, restarts, times and the last end; its verbs act on it', async () => {
  const clock = manualClock()
  const [pool, mailer, deep] = [worker('pool'), worker('mailer', { needs: ['pool'] }), worker('deep')]
  const inner = { id: 'inner', component: supervisor({ children: [deep.spec], strategy: 'rest_for_one' }) }
  const options = { children: [pool.spec, mailer.spec, inner], backoff: { baseMs: 5_000, jitter: 0 }, intensity: 5 }
  const root = await startRoot(supervisor(options), { clock, path: 'shop' })
  const parts = () => treeParts('shop', root.handle, 'shop/tree')
  const row = (path: string) =>
    parts()
      .find(part => part.path === path)!
      .snapshot() as unknown as ComponentSnapshot
  assert.deepEqual(
    parts().map(({ path, kind }) => `${kind} ${path}`),
    [
      'supervisor shop/tree',
      'component shop/pool',
      'component shop/mailer',
      'component shop/inner',
      'supervisor shop/inner/tree',
      'component shop/inner/deep',
    ],
  )
  await clock.advance(3_000)
  assert.deepEqual([row('shop/mailer').needs, row('shop/mailer').last, row('shop/inner').kind], [['pool'], null, 'supervisor'])
  assert.ok(Math.abs(Date.now() - 3_000 - row('shop/pool').since!) < 2_000)
  mailer.crash()
  await turn()
  mailer.crash()
  await turn()
  const { state, restarts, last, next, generation } = row('shop/mailer')
  assert.deepEqual(
    [state, restarts, generation, last!.says, last!.what],
    ['waiting', 2, 2, 'TypeError: mailer broke', 'uncaught'],
  )
  assert.ok(next! > Date.now())
  const tree = parts()[0]!.snapshot() as object
  assert.deepEqual(tree, {
    strategy: 'one_for_one',
    budget: 'supervisor',
    intensity: 5,
    periodMs: 5_000,
    restarts: 2,
    specs: 3,
    active: 2,
    untold: 0,
  })
  assert.deepEqual(JSON.parse(JSON.stringify(parts().map(part => part.snapshot()))).length, 6)
  const who = { by: 'test', why: 'a test' }
  const act = (path: string, verb: string, args = {}) => parts().find(part => part.path === path)!.verbs![verb]!(args, who)
  await act('shop/mailer', 'restart')
  assert.equal(row('shop/mailer').state, 'running')
  await act('shop/inner/deep', 'stop')
  assert.equal(row('shop/inner/deep').state, 'stopped')
  await act('shop/inner/tree', 'restart', { id: 'deep' })
  assert.equal(row('shop/inner/deep').generation, 2)
  await assert.rejects(async () => act('shop/tree', 'restart', { id: 'nobody' }), {
    code: 'SELFHEAL_CHILD_NOT_FOUND',
    path: 'shop/nobody',
  })
  await root.stop()
})

test('of very many children only those that had trouble are told of', async () => {
  const root = await startRoot(supervisor({ strategy: 'dynamic', intensity: 10 }))
  const all = Array.from({ length: 300 }, (_, i) => worker(`c${i}`))
  for (const { spec } of all) await root.handle.startChild(spec)
  all[7]!.crash()
  await turn()
  const parts = treeParts('app', root.handle)
  assert.deepEqual(
    parts.map(({ path }) => path),
    ['app', 'app/c7'],
  )
  assert.equal((parts[0]!.snapshot() as { untold: number }).untold, 299)
  await root.stop()
})
