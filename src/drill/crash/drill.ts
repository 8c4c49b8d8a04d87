// Drill: a steady state, a fault, and a verdict. Runs any scenario against any target; knows neither the CLI nor a particular fault.
//
//   steady second ── fails ──▶ no steady state, nothing broken
//        │ load runs on ──▶ strikes at their times ──▶ load ends ──▶ steady second again ──▶ figures ──▶ checks ──▶ report
import { type Clock, SelfhealError, systemClock } from '../../core/index.ts'
import { figuresOf } from './figures.ts'
import { type Ask, type Load, load, type Sent } from './load.ts'
import { type Progress, progressOf } from './progress.ts'
import type { Report } from './report.ts'
import { type Scenario, timesOf } from './scenario.ts'
import { type Strike, strike } from './strike.ts'
import type { Target } from './target.ts'
import { timelineOf } from './timeline.ts'
import { checksOf } from './verdict.ts'

export interface DrillOptions {
  readonly target: Target
  readonly scenario: Scenario
  readonly ask: Ask
  /** Requests a second. Default 100. */
  readonly rate?: number
  /** How long the load runs, fault included; a steady second before and one after are added. Default 10,000. */
  readonly durationMs?: number
  readonly clock?: Clock
  /** Aborts = stop now. The drill rejects; the target is the caller's to close. */
  readonly signal?: AbortSignal
  readonly onProgress?: (progress: Progress) => void
}

const STEADY_MS = 1_000
const PROGRESS_MS = 250

export async function drill(options: DrillOptions): Promise<Report> {
  const { target, scenario, ask, rate = 100, durationMs = 10_000, clock = systemClock, signal, onProgress } = options
  const strikes: Strike[] = []
  let run: Load | undefined
  let phase: Progress['phase'] = 'steady'
  const begin = (next: typeof phase, forMs: number) => {
    phase = next
    run = load({ rate, durationMs: forMs, ask, clock })
    return run
  }
  const facts = {
    drill: scenario.name,
    arm: target.arm,
    target: target.name,
    url: target.url,
    fault: scenario.fault.says,
    rate,
    durationMs,
  }

  const work = async (): Promise<Report> => {
    // ── 1. A steady state, or nothing is broken
    const before = await begin('steady', STEADY_MS).done
    const failed = before.filter(one => one.kind !== 'ok')
    if (failed.length > 0) return { ...facts, ...noSteadyState(before, failed) }

    // ── 2. The fault, under load
    const under = begin('load', durationMs)
    let over = false
    const ended = under.done.then(sent => {
      over = true
      return sent
    })
    // Nobody brings the control arm back: its load is all there is to see.
    const patienceMs = target.arm === 'control' ? 0 : scenario.promises.backWithinMs
    const gaveUp = (atMs: number | undefined) =>
      (signal?.aborted ?? false) || (over && (atMs === undefined || clock.now() - atMs > patienceMs))
    for (const [i, atMs] of timesOf(durationMs, scenario.times).entries()) {
      await until(clock, under.startMs + atMs, signal)
      const struck = await strike({
        target,
        fault: scenario.fault,
        clock,
        enough: gaveUp,
        onStrike: now => void (strikes[i] = now),
      })
      if (struck === undefined) break
    }
    const sent = await ended

    // ── 3. Steady again, and the verdict
    const after = await begin('steady again', STEADY_MS).done
    const figures = figuresOf(sent, strikes, under.startMs)
    const checks = checksOf({
      figures,
      scenario,
      arm: target.arm,
      after: { failed: after.filter(one => one.kind !== 'ok').length, requests: after.length },
    })
    const broken = checks.find(check => !check.kept)
    const timeline = timelineOf({
      sent,
      startMs: under.startMs,
      durationMs,
      strikes: strikes.map(one => one.atMs),
      p99Ms: figures.latency.before.p99,
    })
    return { ...facts, verdict: broken === undefined ? 'yes' : 'no', checks, mend: broken?.mend ?? null, figures, timeline }
  }

  let unbeat = () => {}
  const beat = () => {
    if (run !== undefined) onProgress?.(progressOf(phase, run, clock.now(), strikes))
    unbeat = clock.after(PROGRESS_MS, beat)
  }
  if (onProgress !== undefined) beat()
  try {
    return await Promise.race([work(), stopped(signal)])
  } finally {
    unbeat()
    run?.stop()
  }
}

function noSteadyState(sent: readonly Sent[], failed: readonly Sent[]) {
  const says = `${failed.length} of ${sent.length} failed (${[...new Set(failed.map(one => one.says))].slice(0, 3).join(', ')})`
  const mend = failed.some(one => one.kind === '4xx')
    ? 'Choose a path that answers: --path /health'
    : failed.some(one => one.kind === 'timeout')
      ? 'It is slower than the load: lower --rate, or give it more time with --timeout.'
      : 'See that it serves: selfheal status, and open it. Then drill again; if it is only overloaded, lower --rate.'
  return {
    verdict: 'no_steady_state' as const,
    checks: [{ promise: 'a steady second', kept: false, says, mend }],
    mend,
    figures: null,
    timeline: null,
  }
}

function until(clock: Clock, atMs: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise(resolve => {
    const undo = clock.after(Math.max(0, atMs - clock.now()), resolve)
    signal?.addEventListener('abort', undo, { once: true })
  })
}

function stopped(signal: AbortSignal | undefined): Promise<never> {
  return new Promise((_, reject) => {
    const no = () =>
      reject(
        new SelfhealError('SELFHEAL_NO', 'The drill was stopped before its verdict.', 'Let it run to its end: a few seconds.'),
      )
    if (signal?.aborted) no()
    else signal?.addEventListener('abort', no, { once: true })
  })
}
