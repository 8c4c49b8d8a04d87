// Runs one scenario on a stage: a steady state, the faults under load, the steady state again, and a verdict.
//
//   steady ── fails ──▶ no steady state, nothing broken
//     │ load runs on ──▶ faults at their times, each healed at its end ──▶ load ends ──▶ steady again ──▶ writes looked up ──▶ judged
//     └─ it hurts more than is allowed, or it is stopped ──▶ all healed at once
import { type Clock, type Pattern, SelfhealError, systemClock } from '../../core/index.ts'
import { type Heal, healAll } from '../in-force.ts'
import { type Arrivals, arrivals } from '../journey/arrivals.ts'
import type { Journey } from '../journey/journey.ts'
import type { Stage } from '../stage/stage.ts'
import { observer } from './observer.ts'
import type { Progress } from './progress.ts'
import type { DrillReport } from './report.ts'
import type { Scenario } from './scenario.ts'
import { watchTries } from './tries.ts'
import { lookUp } from './writes.ts'
import { emptyReport, type Struck, written } from './written.ts'

export interface DrillOptions {
  readonly scenario: Scenario
  readonly stage: Stage
  /** For scenarios that name none. */
  readonly journeys: readonly Journey[]
  readonly without?: readonly Pattern[]
  /** The command that does it again. */
  readonly again: string
  readonly clock?: Clock
  /** Aborts = heal everything and stop: the drill rejects. The stage is the caller's to close. */
  readonly signal?: AbortSignal
  readonly onProgress?: (progress: Progress) => void
}

const SETTLE_MS = 1_000
const LOOK_MS = 250

export async function drill(options: DrillOptions): Promise<DrillReport> {
  const { scenario, stage, without = [], again, clock = systemClock, signal, onProgress } = options
  const journeys = scenario.journeys ?? options.journeys
  const ears = observer(stage.client, clock)
  const retried = watchTries(stage.client, clock)
  const broken = new Map<number, string>()
  const struck: Struck[] = []
  let phase: Progress['phase'] = 'steady'
  let run: Arrivals | undefined
  let hurt = false
  const ending = new AbortController()
  const begin = () =>
    (run = arrivals({
      url: stage.url,
      journeys,
      rate: scenario.rate,
      timeoutMs: scenario.timeoutMs,
      clock,
      signal: ending.signal,
    }))
  const pause = (ms: number) =>
    new Promise<void>(resolve => {
      const undo = clock.after(ms, resolve)
      const now = () => {
        undo()
        resolve()
      }
      if (ending.signal.aborted) now()
      else ending.signal.addEventListener('abort', now, { once: true })
    })
  const stop = () => ending.abort()
  signal?.addEventListener('abort', stop, { once: true })
  const facts = { scenario, stage, without, again, wall: clock.wall() }

  const look = () => {
    if (run === undefined) return
    const now = clock.now()
    onProgress?.({
      drill: scenario.name,
      phase,
      elapsedMs: now - run.startMs,
      steps: run.steps,
      underWay: run.underWay(),
      broken: [...broken.values()],
    })
    const recent = run.steps.filter(one => one.endMs > now - scenario.hurts.forMs)
    const failed = recent.filter(one => one.kind !== 'ok' && one.kind !== 'degraded').length
    if (phase !== 'load' || now - run.startMs < scenario.hurts.forMs || recent.length === 0) return
    if (failed / recent.length <= scenario.hurts.failed) return
    hurt = true
    stop()
  }
  let unlook = () => {}
  const lookOn = () => {
    look()
    unlook = clock.after(LOOK_MS, lookOn)
  }
  lookOn()

  try {
    // ── 1. A steady state, or nothing is broken
    const before = begin()
    await pause(scenario.steadyMs)
    await before.stop()
    refuseStopped(signal)
    if (before.steps.some(one => one.kind !== 'ok') || before.steps.length === 0) return emptyReport(facts, before.steps)

    // ── 2. The faults, under load
    phase = 'load'
    const load = begin()
    let factor = 1
    const strike = async (one: Scenario['faults'][number], i: number) => {
      await pause(load.startMs + one.atMs - clock.now())
      if (ending.signal.aborted) return
      const { says, spike } = one.break
      const entry: Struck = { says, startMs: clock.now(), endMs: clock.now(), failed: undefined }
      struck.push(entry)
      broken.set(i, says)
      let heal: Heal | undefined
      try {
        heal = await one.break.inject(stage, Math.max(one.forMs, 1) + 5_000)
        if (spike !== undefined) load.times((factor *= spike))
        entry.startMs = clock.now()
        await pause(load.startMs + one.atMs + one.forMs - clock.now())
        if (spike !== undefined) load.times((factor /= spike))
        await heal?.()
      } catch (error) {
        entry.failed = error instanceof Error ? error : new Error(String(error))
      } finally {
        entry.endMs = clock.now()
        broken.delete(i)
        if (one.forMs === 0 && entry.failed === undefined) entry.endMs = entry.startMs
      }
    }
    const strikes = Promise.all(scenario.faults.map(strike))
    await pause(load.startMs + scenario.durationMs - clock.now())
    await strikes
    if (!ending.signal.aborted) phase = 'settling'
    await load.stop()
    const endMs = clock.now()
    const tries = await retried.told()
    if (!hurt) refuseStopped(signal)

    // ── 3. Steady again, what was written, and the verdict
    await healAll()
    await pause(Math.min(SETTLE_MS, scenario.steadyMs))
    if (!hurt) phase = 'steady again'
    const after = hurt ? undefined : begin()
    await pause(scenario.steadyMs)
    await after?.stop()
    if (!hurt) refuseStopped(signal)
    phase = 'looking up what was written'
    const writes = await lookUp(hurt ? [] : load.writes, async () => (await scenario.doubled?.(stage)) ?? [])
    return written({ ...facts, load, after: after?.steps ?? [], struck, writes, tries, heard: ears.heard, endMs, hurt })
  } finally {
    unlook()
    ending.abort()
    signal?.removeEventListener('abort', stop)
    await healAll().catch(() => {})
    retried.close()
    ears.close()
  }
}

function refuseStopped(signal: AbortSignal | undefined): void {
  if (!signal?.aborted) return
  throw new SelfhealError(
    'SELFHEAL_NO',
    'The drill was stopped before its verdict; everything it broke is healed.',
    'Let it run to its end.',
  )
}
