// What the visits of one run come to: the curve of goodput by second, and the figures of the promise. Pure.
import type { Visit } from './visitors.ts'

export interface Times {
  readonly leadS: number
  readonly spikeS: number
  readonly afterS: number
  readonly capacity: number
  readonly deadlineMs: number
}
export interface Figures {
  /** Good answers of each second. */
  readonly curve: readonly number[]
  /** Good answers in the spike, as a share of what the database can do. */
  readonly goodput: number
  /** Queries that were begun for a request that was let in. */
  readonly attemptsPerRequest: number
  /** Of those who were let in: answered, failed, or gone without an answer. */
  readonly admittedP99Ms: number
  /** Of those who came later than 5 s after the spike. */
  readonly successAfter: number
  /** From the spike's end until 95 % of those who come in two seconds succeed, and of all who come later; undefined: not within the run. */
  readonly backAfterS: number | undefined
  /** How late the load was sent. */
  readonly sentLateP99Ms: number
  readonly sentLateMostMs: number
}

/** A load that is sent later than this (99th percentile) is not the load that was meant. */
export const ON_TIME_MS = 50

export function figures(
  visits: readonly Visit[],
  { attempts, asked }: { readonly attempts: number; readonly asked: number },
  { leadS, spikeS, afterS, capacity, deadlineMs }: Times,
): Figures {
  const ok = (from: number, to: number, by: 'atMs' | 'dueMs') =>
    visits.filter(one => one.came === 'ok' && one[by] >= from * 1_000 && one[by] < to * 1_000).length
  const came = (from: number, to: number) => visits.filter(({ dueMs }) => dueMs >= from * 1_000 && dueMs < to * 1_000).length
  const share = (from: number, to: number) => ok(from, to, 'dueMs') / Math.max(1, came(from, to))
  const over = leadS + spikeS
  const seconds = over + afterS
  const well = (s: number) => Math.min(share(over + s, over + s + 2), share(over + s, seconds)) >= 0.95
  const backAfterS = Array.from({ length: afterS - 1 }, (_, s) => s).find(well)
  const admitted = visits.filter(one => one.came !== 'refused').map(one => Math.min(one.atMs - one.dueMs, deadlineMs * 2))
  const late = visits.map(({ lateMs }) => lateMs)
  return {
    curve: Array.from({ length: seconds }, (_, i) => ok(i, i + 1, 'atMs')),
    goodput: ok(leadS, over, 'atMs') / (capacity * spikeS),
    attemptsPerRequest: attempts / Math.max(1, asked),
    admittedP99Ms: percentile(admitted, 0.99),
    successAfter: share(over + 5, seconds),
    backAfterS,
    sentLateP99Ms: percentile(late, 0.99),
    sentLateMostMs: percentile(late, 1),
  }
}

function percentile(values: readonly number[], p: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * p))] ?? 0
}
