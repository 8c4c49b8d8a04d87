// Figures: from every step, write and event of a drill to what happened, in numbers, for all of it and for each journey. Pure: no clock.
import { STEP_KINDS, type Step, type StepKind } from '../journey/step.ts'
import type { Tries } from './tries.ts'

/** Milliseconds; null: nothing was answered in it. */
export interface Latency {
  readonly p50: number | null
  readonly p99: number | null
}

export interface Scope {
  readonly steps: number
  readonly ok: number
  /** Share that was answered well: 0 … 1. */
  readonly availability: number
  /** Share that was answered well, or refused with a reason. */
  readonly answered: number
  readonly degraded: number
  readonly failed: Readonly<Record<Exclude<StepKind, 'ok' | 'degraded'>, number>>
  readonly latency: { readonly before: Latency; readonly during: Latency; readonly after: Latency }
  /** From a fault until no caller got a raw failure any more, at worst. 0: none ever did. null: they went on until it was out. */
  readonly containMs: number | null
  /** From the fault's end until nothing failed any more. null: it still did. */
  readonly recoverMs: number | null
  /** The longest time without any good answer, from when it was due. */
  readonly gapMs: number
}

export interface Figures {
  readonly all: Scope
  readonly journeys: Readonly<Record<string, Scope>>
  /** From the fault until the first sign of it was told. null: none was. */
  readonly detectMs: number | null
  /** Lives that ended under the drill, by program; those the drill itself ended are left out. */
  readonly restarts: Readonly<Record<string, number>>
  readonly writes: {
    readonly tried: number
    readonly acknowledged: number
    readonly lost: readonly string[]
    readonly doubled: readonly string[]
    /** Could not be looked up. */
    readonly unknown: readonly string[]
  }
  /** Tries beyond the first, of all guarded calls, and the guards that made them. */
  readonly tries: Tries
  /** How late the drill itself sent at worst: it is in every time above. */
  readonly ownDelayMs: number
}

/** Times are the clock's. */
export interface Times {
  readonly startMs: number
  readonly faultMs: number
  readonly healedMs: number
  /** In the order in which they went in; the first at `faultMs`. One that is over at once ends where it begins. */
  readonly faults: readonly { readonly startMs: number; readonly endMs: number }[]
  readonly endMs: number
}

/** Nothing failed for so long after the last failure, or it can't be said that it has recovered. */
const QUIET_MS = 500
/** A fault that is over at once, as a kill is: what fails for so long after it still counts as its doing. */
const ONCE_MS = 5_000

export function scopeOf(steps: readonly Step[], { startMs, faultMs, healedMs, faults, endMs }: Times): Scope {
  const ok = steps.filter(one => one.kind === 'ok')
  const degraded = steps.filter(one => one.kind === 'degraded').length
  const count = (kind: StepKind) => steps.filter(one => one.kind === kind).length
  const share = (n: number) => (steps.length === 0 ? 1 : n / steps.length)
  const isRaw = ({ kind }: Step) => kind !== 'ok' && kind !== 'degraded'
  const during = (one: Step) => one.endMs > faultMs && one.dueMs <= healedMs
  const raw = steps.filter(one => isRaw(one) && one.endMs > faultMs).map(one => one.dueMs)
  const lastBad = last(steps.filter(one => one.kind !== 'ok' && one.dueMs > healedMs).map(one => one.dueMs))
  const goodAfter = lastBad === undefined ? undefined : first(ok.filter(one => one.dueMs > lastBad).map(one => one.endMs))
  return {
    steps: steps.length,
    ok: ok.length,
    availability: share(ok.length),
    answered: share(ok.length + degraded),
    degraded,
    failed: Object.fromEntries(
      STEP_KINDS.filter(kind => kind !== 'ok' && kind !== 'degraded').map(kind => [kind, count(kind)]),
    ) as Scope['failed'],
    latency: {
      before: latencyOf(ok.filter(one => one.endMs <= faultMs)),
      during: latencyOf(ok.filter(during)),
      after: latencyOf(ok.filter(one => one.dueMs > healedMs)),
    },
    containMs: slowest(faults.map((_, i) => containedIn(raw, faults, i))),
    recoverMs:
      lastBad === undefined ? 0 : goodAfter === undefined || endMs - lastBad < QUIET_MS ? null : tenths(goodAfter - healedMs),
    gapMs: tenths(longestGap(ok, startMs, endMs)),
  }
}

/**
 * Within one fault, from its beginning to the next one or to its end: what fails when it is out is recovery, not containment. Where failures
 * run on into a fault that overlaps, they are contained when that one is.
 */
function containedIn(raw: readonly number[], faults: Times['faults'], i: number): number | null {
  const { startMs: fromMs, endMs } = faults[i]!
  const next = faults[i + 1]
  const ownEndMs = endMs > fromMs ? endMs : fromMs + ONCE_MS
  const toMs = Math.min(next?.startMs ?? Number.POSITIVE_INFINITY, ownEndMs)
  const lastRaw = last(raw.filter(ms => ms < toMs && ms >= fromMs - QUIET_MS))
  if (lastRaw === undefined) return 0
  const forMs = Math.max(0, lastRaw - fromMs)
  if (toMs - lastRaw >= QUIET_MS || forMs <= QUIET_MS) return tenths(forMs)
  if (next === undefined || next.startMs >= ownEndMs) return null
  const later = containedIn(raw, faults, i + 1)
  return later === null ? null : tenths(next.startMs - fromMs + later)
}

export function scopesOf(steps: readonly Step[], times: Times) {
  const names = [...new Set(steps.map(one => one.journey))]
  const journeys = Object.fromEntries(
    names.map(name => [
      name,
      scopeOf(
        steps.filter(one => one.journey === name),
        times,
      ),
    ]),
  )
  const ownDelayMs = Math.round(steps.reduce((most, one) => Math.max(most, one.sentMs - one.dueMs), 0))
  const all = scopeOf(steps, times)
  const scopes = Object.values(journeys)
  // All is well once each of them is.
  return {
    all: { ...all, containMs: slowest(scopes.map(one => one.containMs)), recoverMs: slowest(scopes.map(one => one.recoverMs)) },
    journeys,
    ownDelayMs,
  }
}

export const tookMs = (one: Step): number => one.endMs - one.dueMs

export function latencyOf(ok: readonly Step[]): Latency {
  const times = ok.map(tookMs).sort((a, b) => a - b)
  // Nearest rank: a time that a request really took.
  const rank = (share: number) => (times.length === 0 ? null : tenths(times[Math.max(0, Math.ceil(times.length * share) - 1)]!))
  return { p50: rank(0.5), p99: rank(0.99) }
}

function longestGap(ok: readonly Step[], startMs: number, endMs: number): number {
  let most = 0
  let before = startMs
  for (const at of [...ok.map(one => one.endMs).sort((a, b) => a - b), endMs]) {
    if (at > endMs) break
    most = Math.max(most, at - before)
    before = at
  }
  return most
}

const slowest = (times: readonly (number | null)[]) =>
  times.reduce((most, one) => (most === null || one === null ? null : Math.max(most, one)), 0)
const tenths = (ms: number) => Math.round(ms * 10) / 10
const last = (values: readonly number[]) =>
  values.reduce<number | undefined>((most, one) => (most === undefined || one > most ? one : most), undefined)
const first = (values: readonly number[]) =>
  values.reduce<number | undefined>((least, one) => (least === undefined || one < least ? one : least), undefined)
