// Everything at once: slow starts and stops, crashes in between, and commands that do not wait for one another. No order is expected
// here; what must hold is that no child has two lives at work, that what is shown is true, and that a stop leaves nothing.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type Child, type Component, type Exit, type Supervisor, startRoot, supervisor } from '../../src/supervisor/index.ts'
import { manualClock } from '../../src/testing/index.ts'
import { runs } from './extent.ts'

interface Habit {
  readonly startMs: number
  readonly failsToStart: boolean
  /** How long it runs by itself. */
  readonly livesMs: number
  readonly retiresFirst: boolean
  readonly stopMs: number
  readonly reason: Exit['reason']
}
const habit: fc.Arbitrary<Habit> = fc.record({
  startMs: fc.integer({ min: 0, max: 300 }),
  failsToStart: fc.nat(3).map(n => n === 0),
  livesMs: fc.integer({ min: 0, max: 2_000 }),
  retiresFirst: fc.boolean(),
  stopMs: fc.integer({ min: 0, max: 300 }),
  reason: fc.constantFrom('normal', 'error', 'shutdown', 'killed'),
})
const act = fc.record({
  does: fc.constantFrom('startChild', 'startChild', 'startChild', 'terminateChild', 'restartChild', 'deleteChild', 'replace'),
  id: fc.constantFrom('a', 'b', 'c', 'd'),
  restart: fc.constantFrom('permanent', 'transient', 'temporary'),
  needs: fc.subarray(['a', 'b', 'c', 'd'], { maxLength: 2 }),
  afterMs: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 400 })),
})
const options = fc.record({
  strategy: fc.constantFrom('one_for_one', 'one_for_all', 'rest_for_one', 'dynamic'),
  overlap: fc.boolean(),
  intensity: fc.integer({ min: 0, max: 8 }),
  neverGivesUp: fc.boolean(),
  stopsAtMs: fc.integer({ min: 0, max: 4_000 }),
})

test('no child ever has two lives at work, what is shown is true, and a stop leaves nothing', async () => {
  const property = fc.asyncProperty(
    options,
    fc.array(habit, { minLength: 1, maxLength: 30, size: 'max' }),
    fc.array(act, { minLength: 10, maxLength: 60, size: 'max' }),
    async (given, habits, acts) => {
      const clock = manualClock()
      const { overlap, strategy, intensity, neverGivesUp } = given
      const atWork = new Map<string, number>()
      const left = new Set<string>()
      let n = 0
      const component: Component = {
        kind: 'program',
        overlap,
        start: life => live(life, habits[n++ % habits.length]!, clock, atWork, left),
      }
      const exhausted = neverGivesUp ? ({ retryEvery: 500, meanwhile: component } as const) : 'escalate'
      const root = await startRoot(supervisor({ strategy, intensity, exhausted }), { clock, random: () => 0.5 })
      let over = false
      root.exited.then(() => {
        over = true
      })
      const answers: Promise<unknown>[] = []
      for (const { does, id, restart, needs, afterMs } of acts) {
        await clock.advance(afterMs)
        const told = async (handle: Supervisor) =>
          does === 'startChild'
            ? handle.startChild({ id, component, restart, shutdown: 200, needs: needs.filter(need => need !== id) })
            : handle[does](id)
        answers.push(told(root.handle).catch(error => assert.match(String(error.code ?? error), /SELFHEAL|failed to start/)))
        for (const [path, lives] of atWork) assert.ok(lives <= 1, `${lives} lives of ${path} at work`)
      }
      await clock.advance(given.stopsAtMs)
      if (!over)
        for (const { id, state, child } of root.handle.whichChildren()) {
          if (state === 'running') assert.ok(child !== undefined, `${id} is shown as running, with no life`)
          else assert.equal(atWork.get(`app/${id}`) ?? 0, 0, `${id} is shown as ${state}, with a life at work`)
        }
      const stopped = root.stop()
      await clock.advance(20_000)
      assert.notEqual((await stopped).reason, undefined)
      await Promise.all(answers)
      assert.deepEqual([...left], [])
      assert.equal(clock.pending(), 0)
    },
  )
  await fc.assert(property, { numRuns: runs(500) })
})

async function live(
  life: Parameters<Component['start']>[0],
  h: Habit,
  clock: ReturnType<typeof manualClock>,
  atWork: Map<string, number>,
  left: Set<string>,
): Promise<Child> {
  const name = `${life.path}.${life.generation}`
  left.add(name)
  const { path, signal } = life
  try {
    await new Promise<void>(resolve => {
      const undo = clock.after(h.startMs, resolve)
      signal.addEventListener('abort', () => {
        undo()
        resolve()
      })
    })
    signal.throwIfAborted()
    if (h.failsToStart) throw new Error('failed to start')
  } catch (error) {
    left.delete(name)
    throw error
  }
  const [retired, exited] = [Promise.withResolvers<Exit>(), Promise.withResolvers<Exit>()]
  let working = true
  atWork.set(path, (atWork.get(path) ?? 0) + 1)
  const rest = () => {
    if (working) atWork.set(path, atWork.get(path)! - 1)
    working = false
  }
  const end = (exit: Exit) => {
    undo()
    rest()
    left.delete(name)
    exited.resolve(exit)
  }
  let undo = clock.after(h.livesMs, () => {
    if (!h.retiresFirst) return end({ reason: h.reason })
    rest()
    retired.resolve({ reason: h.reason })
    undo = clock.after(h.stopMs, () => end({ reason: h.reason }))
  })
  signal.addEventListener('abort', () => {
    rest()
    undo()
    undo = clock.after(h.stopMs, () => end({ reason: 'shutdown' }))
  })
  const kill = () => {
    end({ reason: 'killed' })
    return true
  }
  return { handle: undefined, retired: retired.promise, exited: exited.promise, kill }
}
