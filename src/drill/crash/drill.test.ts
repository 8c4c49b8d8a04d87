import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type ManualClock, manualClock } from '../../testing/index.ts'
import { crash } from './crash.ts'
import { drill } from './drill.ts'
import type { Answer, Kind } from './load.ts'
import { reportText } from './report.ts'
import type { Target } from './target.ts'

/** A program on a held port, or a bare one: killed, it is away for so long; a request meanwhile waits, or is refused. */
function simulated(
  clock: ManualClock,
  { awayMs, held = true, sick = false }: { awayMs: number; held?: boolean; sick?: boolean },
) {
  let generation = 1
  let backAtMs = 0
  let kills = 0
  const answer = (kind: Kind): Answer => ({ kind, says: kind })
  const target: Target = {
    arm: held ? 'supervised' : 'control',
    name: 'shop/app',
    url: 'http://localhost:3000',
    serving: async () => (clock.now() < backAtMs ? undefined : { pid: 100 + generation, generation }),
    onExit: () => () => {},
    signal() {
      kills++
      generation++
      backAtMs = clock.now() + awayMs
    },
    close: async () => {},
  }
  const ask = () =>
    new Promise<Answer>(resolve => {
      const waitMs = Math.max(0, backAtMs - clock.now())
      const of = generation
      if (sick) return resolve(answer('5xx'))
      if (!held && waitMs > 0) return resolve(answer('refused'))
      clock.after(waitMs + 5, () => resolve(answer(of === generation ? 'ok' : 'reset')))
    })
  return { target, ask, kills: () => kills }
}

async function finish<T>(clock: ManualClock, work: Promise<T>): Promise<T> {
  let over = false
  const done = work.finally(() => (over = true))
  done.catch(() => {})
  while (!over) await clock.advance(100)
  return done
}

test('a program that waits behind a held port gets a yes', async () => {
  const clock = manualClock()
  const { target, ask } = simulated(clock, { awayMs: 400 })
  const report = await finish(clock, drill({ target, ask, scenario: crash(), clock, rate: 20, durationMs: 4_000 }))
  assert.equal(report.verdict, 'yes')
  assert.equal(report.mend, null)
  assert.equal(report.figures?.requests, 80)
  assert.equal(report.figures?.strikes.length, 1)
  assert.equal(report.figures?.strikes[0]?.atMs, 2_000)
  assert.match(reportText(report, 'again'), /▼ kill -9[\s\S]*The verdict is yes\.\n {2}Again: again$/)
})

test('a program that refuses while it is away gets a no', async () => {
  const clock = manualClock()
  const { target, ask } = simulated(clock, { awayMs: 400, held: false })
  const report = await finish(clock, drill({ target, ask, scenario: crash(), clock, rate: 20, durationMs: 4_000 }))
  assert.equal(report.verdict, 'no')
  assert.ok((report.figures?.failed.refused ?? 0) > 0)
  assert.match(reportText(report, 'again'), /CONTROL ARM[\s\S]*NO {3}none was refused[\s\S]*The verdict is no\./)
})

test('several kills are spread over the load, each with its own figures', async () => {
  const clock = manualClock()
  const { target, ask, kills } = simulated(clock, { awayMs: 300 })
  const report = await finish(clock, drill({ target, ask, scenario: crash({ kills: 3 }), clock, rate: 20, durationMs: 4_000 }))
  assert.equal(kills(), 3)
  assert.deepEqual(report.figures?.strikes.map(one => one.atMs), [1_000, 2_000, 3_000]) // biome-ignore format: one line
  assert.equal(report.verdict, 'yes')
})

test('a program that fails already is not broken on top of it', async () => {
  const clock = manualClock()
  const { target, ask, kills } = simulated(clock, { awayMs: 1, sick: true })
  const report = await finish(clock, drill({ target, ask, scenario: crash(), clock, rate: 20, durationMs: 4_000 }))
  assert.equal(kills(), 0)
  assert.equal(report.verdict, 'no_steady_state')
  assert.match(reportText(report, 'again'), /20 of 20 failed \(5xx\)[\s\S]*nothing was broken/)
})

test('a program that never comes back ends the drill with a no, some time after the promise', async () => {
  const clock = manualClock()
  const { target, ask } = simulated(clock, { awayMs: 10_000_000, held: false })
  const report = await finish(clock, drill({ target, ask, scenario: crash({ kills: 2 }), clock, rate: 20, durationMs: 4_000 }))
  assert.equal(report.verdict, 'no')
  assert.equal(report.figures?.strikes.length, 1, 'there is nothing to kill a second time')
  assert.ok(report.checks.some(check => check.says === 'it did not come back'))
})

test('stopped before its fault, the drill never breaks anything and leaves no timer', async () => {
  const clock = manualClock()
  const { target, ask, kills } = simulated(clock, { awayMs: 400 })
  const stopping = new AbortController()
  const work = drill({ target, ask, scenario: crash(), clock, rate: 20, durationMs: 4_000, signal: stopping.signal })
  const told = assert.rejects(work, { code: 'SELFHEAL_NO' })
  await clock.advance(2_000)
  stopping.abort()
  await told
  await clock.advance(60_000)
  assert.equal(kills(), 0)
  assert.equal(clock.pending(), 0)
})

test('whoever watches is told how far it is', async () => {
  const clock = manualClock()
  const { target, ask } = simulated(clock, { awayMs: 400 })
  const phases = new Set<string>()
  const onProgress = ({ phase }: { phase: string }) => void phases.add(phase)
  await finish(clock, drill({ target, ask, scenario: crash(), clock, rate: 20, durationMs: 2_000, onProgress }))
  assert.deepEqual([...phases], ['steady', 'load', 'steady again'])
})
