// What is told anew while it runs: changed specs, re-declared children, and how many a dynamic supervisor may have.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { isConfigError } from '../core/index.ts'
import { manualClock } from '../testing/index.ts'
import { type Life, type Spec, type SupervisorOptions, service, startRoot, supervisor } from './index.ts'

async function running(options: SupervisorOptions) {
  const clock = manualClock()
  const root = await startRoot(supervisor({ backoff: { baseMs: 0 }, ...options }), { clock, random: () => 0.5 })
  const shown = () => root.handle.whichChildren().map(({ id, state, generation }) => `${id}${generation} ${state}`)
  return { clock, root, handle: root.handle, shown }
}
function child(log: string[] = []) {
  const crashes: (() => void)[] = []
  const spec = (id: string, more: Partial<Spec> = {}): Spec => ({
    id,
    component: service((life: Life) => {
      log.push(`+${id}`)
      const { promise, resolve, reject } = Promise.withResolvers<void>()
      crashes.push(() => reject(new Error('crash')))
      life.signal.addEventListener('abort', () => resolve())
      return promise.finally(() => log.push(`-${id}`))
    }),
    ...more,
  })
  const crash = async () => {
    crashes.at(-1)!()
    await turn()
    await turn()
  }
  return { log, spec, crash }
}

test('change: lives go on, a changed spec counts from the next start, new ones are known and stopped, unlisted ones stay', async () => {
  const { log, spec } = child()
  const { root, handle, shown } = await running({ children: [spec('a'), spec('b')] })
  const other = child(log)
  await handle.change({ children: [spec('c'), { ...other.spec('b'), component: other.spec('new b').component }], intensity: 7 })
  assert.deepEqual(shown(), ['c0 stopped', 'b1 running', 'a1 running'])
  assert.equal(log.splice(0).join(' '), '+a +b')
  await handle.restartChild('c')
  await handle.replace('b')
  assert.equal(log.splice(0).join(' '), '+c -b +new b')
  await root.stop()
  assert.equal(log.join(' '), '-a -new b -c')
})

test('change: a smaller intensity counts at once; what is impossible changes nothing', async () => {
  const { spec, crash } = child()
  const { root, handle, shown } = await running({ children: [spec('a')], intensity: 9 })
  await crash()
  await assert.rejects(handle.change({ strategy: 'dynamic' }), /app: change: strategy must stay one_for_one/)
  await assert.rejects(handle.change({ children: [spec('a'), spec('a')] }), isConfigError)
  await assert.rejects(
    handle.change({ children: [spec('a', { needs: ['b'] }), spec('b', { needs: ['a'] })] }),
    /circle: a → b → a/,
  )
  assert.deepEqual(shown(), ['a2 running'])
  await handle.change({ children: [spec('a')], intensity: 1 })
  await crash()
  assert.equal((await root.exited).what, 'escalated')
})

test('maxChildren: one more is refused, with what to do about it, until one is gone', async () => {
  const { spec } = child()
  const { root, handle } = await running({ strategy: 'dynamic', maxChildren: 2 })
  await handle.startChild(spec('a'))
  await handle.startChild(spec('b'))
  await assert.rejects(handle.startChild(spec('c')), {
    code: 'SELFHEAL_SUPERVISOR_FULL',
    path: 'app',
    mend: /larger `maxChildren`/,
  })
  await assert.rejects(handle.startChild(spec('a')), { code: 'SELFHEAL_CHILD_ALREADY_STARTED' })
  await handle.terminateChild('a')
  await handle.startChild(spec('c'))
  await root.stop()
  assert.throws(() => supervisor({ maxChildren: 2 }), /maxChildren must be only with dynamic/)
  assert.throws(() => supervisor({ strategy: 'dynamic', maxChildren: 0 }), /maxChildren must be a whole number/)
})

test('a child that is deleted and declared anew has the restarts left that it had, and the same wait', async () => {
  for (const budget of ['child', 'supervisor'] as const) {
    const { spec, crash } = child()
    const { root, handle, clock, shown } = await running({
      children: [spec('a')],
      intensity: 2,
      budget,
      backoff: { baseMs: 1_000, jitter: 0 },
    })
    await crash()
    for (let i = 0; i < 3; i++) {
      await handle.terminateChild('a')
      handle.deleteChild('a')
      await handle.startChild(spec('a'))
    }
    await crash()
    assert.deepEqual(shown(), ['a1 waiting'], 'its second crash, as before: it waits')
    await clock.advance(1_000)
    await handle.terminateChild('a')
    handle.deleteChild('a')
    await handle.startChild(spec('a'))
    await crash()
    assert.equal((await root.exited).what, 'escalated')
  }
})

test('what is remembered of children that are gone is forgotten when it can count no more', async () => {
  const { spec, crash } = child()
  const { root, handle, clock, shown } = await running({
    strategy: 'dynamic',
    intensity: 1,
    budget: 'child',
    backoff: { baseMs: 0, resetAfterMs: 10_000 },
  })
  await handle.startChild(spec('a'))
  await crash()
  await handle.terminateChild('a')
  await clock.advance(10_001)
  await handle.startChild(spec('a'))
  await crash()
  assert.deepEqual(shown(), ['a2 running'])
  await root.stop()
})
