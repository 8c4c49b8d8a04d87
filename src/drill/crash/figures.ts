// Figures: from every request and every strike to what happened, in numbers. Pure: no clock. verdict.ts judges them, report.ts shows them.
import { KINDS, type Kind, type Sent } from './load.ts'
import type { Strike } from './strike.ts'
import type { Serving } from './target.ts'

/** Milliseconds. null: nothing was answered in it. */
export interface Latency {
  readonly requests: number
  readonly p50: number | null
  readonly p99: number | null
}

/** Milliseconds from the strike; null: it was not seen. */
export interface StrikeFigures {
  readonly life: Serving
  /** From the start of the load. */
  readonly atMs: number
  /** Sent and not yet answered at the strike: all that a crash may cost. */
  readonly inFlight: number
  readonly detectedMs: number | null
  /** Until the first answer to a request sent after the strike. */
  readonly backMs: number | null
  /** Until a life with another pid said ready. */
  readonly readyMs: number | null
  readonly successor: Serving | null
}

export interface Figures {
  readonly requests: number
  readonly ok: number
  /** Share of requests that were answered well: 0 … 1. */
  readonly availability: number
  readonly failed: Readonly<Record<Exclude<Kind, 'ok'>, number>>
  /** Failed although no strike found them in flight. */
  readonly failedElsewhere: number
  readonly slowestMs: number | null
  /** Before the first strike, from each strike until it was back, and the rest. */
  readonly latency: { readonly before: Latency; readonly during: Latency; readonly after: Latency }
  readonly strikes: readonly StrikeFigures[]
  /** How late the drill itself sent at worst: it is in every time above. */
  readonly ownDelayMs: number
}

export function figuresOf(sent: readonly Sent[], strikes: readonly Strike[], startMs: number): Figures {
  const count = (kind: Kind) => sent.filter(one => one.kind === kind).length
  const ok = sent.filter(one => one.kind === 'ok')
  const backAt = strikes.map(({ atMs }) => leastOf(ok.filter(one => one.sentMs > atMs).map(one => one.endMs)))
  const isFoundInFlight = (one: Sent) => strikes.some(({ atMs }) => wasInFlight(one, atMs))
  const first = strikes[0]?.atMs ?? Number.POSITIVE_INFINITY
  const isDuring = (one: Sent) =>
    strikes.some(({ atMs }, i) => one.endMs > atMs && one.dueMs < (backAt[i] ?? Number.POSITIVE_INFINITY))
  return {
    requests: sent.length,
    ok: ok.length,
    availability: sent.length === 0 ? 0 : ok.length / sent.length,
    failed: Object.fromEntries(KINDS.filter(kind => kind !== 'ok').map(kind => [kind, count(kind)])) as Figures['failed'],
    failedElsewhere: sent.filter(one => one.kind !== 'ok' && !isFoundInFlight(one)).length,
    slowestMs: tenths(mostOf(ok.map(tookMs))),
    latency: {
      before: latencyOf(ok.filter(one => one.endMs <= first)),
      during: latencyOf(ok.filter(isDuring)),
      after: latencyOf(ok.filter(one => one.endMs > first && !isDuring(one))),
    },
    strikes: strikes.map((strike, i) => ({
      life: strike.life,
      atMs: Math.round(strike.atMs - startMs),
      inFlight: sent.filter(one => wasInFlight(one, strike.atMs)).length,
      detectedMs: tenths(since(strike.detectedMs, strike.atMs)),
      backMs: tenths(since(backAt[i], strike.atMs)),
      readyMs: tenths(since(strike.readyMs, strike.atMs)),
      successor: strike.successor ?? null,
    })),
    ownDelayMs: Math.round(mostOf(sent.map(one => one.sentMs - one.dueMs)) ?? 0),
  }
}

export function tookMs(one: Sent): number {
  return one.endMs - one.dueMs
}

function wasInFlight(one: Sent, atMs: number): boolean {
  return one.sentMs <= atMs && one.endMs >= atMs
}

function latencyOf(ok: readonly Sent[]): Latency {
  const times = ok.map(tookMs).sort((a, b) => a - b)
  // Nearest rank: a time that a request really took.
  const rank = (share: number) => tenths(times[Math.max(0, Math.ceil(times.length * share) - 1)])
  return { requests: times.length, p50: rank(0.5), p99: rank(0.99) }
}

const since = (ms: number | undefined, atMs: number) => (ms === undefined ? undefined : ms - atMs)
const tenths = (ms: number | undefined) => (ms === undefined ? null : Math.round(ms * 10) / 10)
/** Not by Math.min(...values): a long load has more requests than a call may have arguments. */
const leastOf = (values: readonly number[]) =>
  values.reduce<number | undefined>((least, one) => (least === undefined || one < least ? one : least), undefined)
const mostOf = (values: readonly number[]) =>
  values.reduce<number | undefined>((most, one) => (most === undefined || one > most ? one : most), undefined)
