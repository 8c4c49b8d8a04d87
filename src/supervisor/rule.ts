// THE restart rule: the only place where restarts are counted and decided. No clock and no IO: counts, the fall, now and chance come
// in, the verdict comes out; only the counts given to it are moved on.
//
//   fell ─► does it come back at all? ─no─► rests
//             │yes
//             ├─ crash-looping already ────────────────────────► loops   (tried every retryEvery)
//             ├─ more than intensity in period ─┬─ escalate ───► escalates
//             │                                 └─ retryEvery ─► loops
//             └─ else ─► restarts: a lone first crash at once; a repeated one after base × 2ⁿ, jittered, to the cap;
//                                             of several at a time each further one a little later still
import { type Backoff, backoffMs } from '../core/index.ts'
import type { Exit } from './component.ts'
import type { Restart } from './spec.ts'

/** Children that fall within this time of one another fell together: what felled them may be one thing. */
const TOGETHER_MS = 1_000
/** Each further one of those is put this share of the first wait later, but no more than so late in all: 50 that fall at once are back in 2.5 s. */
const SPREAD = 0.5
const SPREAD_MAX_MS = 5_000
/** Tries of a crash-looping child are spread by this share to either side. */
const RETRY_SPREAD = 0.2

export interface Figures {
  readonly intensity: number
  readonly periodMs: number
  readonly backoff: Backoff
  readonly resetAfterMs: number
  /** undefined: escalate. */
  readonly retryEveryMs: number | undefined
}

/** Restarts since the child was last well. */
export interface Wear {
  count: number
  looping: boolean
}
/** Times of restarts within the period, oldest first, from `first` on. One for a supervisor, or one for each child. */
export interface Budget {
  times: number[]
  first: number
}
/** Who fell last, and how many others just before it, each within a moment of the one before. */
export interface Falls {
  at: number
  by: object | undefined
  others: number
}
export interface Fall {
  /** Which child: only its identity is read. */
  readonly by: object
  readonly restart: Restart
  readonly reason: Exit['reason']
  /** From ready to its end; 0 for a start that failed. Time spent waiting or starting is no uptime. */
  readonly uptimeMs: number
}
export type Verdict =
  | { readonly does: 'rests' }
  | { readonly does: 'restarts'; readonly attempt: number; readonly waitMs: number; readonly restarts: number }
  | {
      readonly does: 'loops'
      readonly attempt: number
      readonly waitMs: number
      readonly restarts: number
      readonly first: boolean
    }
  | { readonly does: 'escalates'; readonly restarts: number }

export const noBudgetSpent = (): Budget => ({ times: [], first: 0 })
export const noFalls = (): Falls => ({ at: Number.NEGATIVE_INFINITY, by: undefined, others: 0 })

export function comesBack(restart: Restart, reason: Exit['reason']): boolean {
  return restart === 'permanent' || (restart === 'transient' && (reason === 'error' || reason === 'killed'))
}

export function onFall(
  wear: Wear,
  budget: Budget,
  falls: Falls,
  fall: Fall,
  f: Figures,
  now: number,
  random: () => number,
): Verdict {
  if (!comesBack(fall.restart, fall.reason)) return { does: 'rests' }
  const others = fellTogether(falls, fall.by, now)
  if (fall.uptimeMs >= f.resetAfterMs) heal(wear)
  if (wear.looping) return loops(wear, inPeriod(budget, f, now), false, f.retryEveryMs!, random)
  const restarts = inPeriod(budget, f, now) + 1
  if (restarts > f.intensity) {
    if (f.retryEveryMs === undefined) return { does: 'escalates', restarts }
    wear.looping = true
    return loops(wear, restarts, true, f.retryEveryMs, random)
  }
  budget.times.push(now)
  const repeated = wear.count++
  const waitMs =
    repeated === 0 && others === 0
      ? 0
      : Math.round(backoffMs(Math.max(0, repeated - 1), f.backoff, random) + spreadMs(others - 1, f.backoff, random))
  return { does: 'restarts', attempt: wear.count, waitMs, restarts }
}

/** It is well: its restarts are forgotten. */
export function heal(wear: Wear): void {
  wear.count = 0
  wear.looping = false
}

function loops(wear: Wear, restarts: number, first: boolean, everyMs: number, random: () => number): Verdict {
  wear.count++
  return {
    does: 'loops',
    attempt: wear.count,
    waitMs: Math.round(everyMs * (1 - RETRY_SPREAD + 2 * RETRY_SPREAD * random())),
    restarts,
    first,
  }
}

/** How many restarts lie in the period, its edge included. Each is walked past once. */
export function inPeriod(budget: Budget, f: Figures, now: number): number {
  while (budget.first < budget.times.length && budget.times[budget.first]! < now - f.periodMs) budget.first++
  if (budget.first > 64 && budget.first * 2 > budget.times.length) {
    budget.times = budget.times.slice(budget.first)
    budget.first = 0
  }
  return budget.times.length - budget.first
}

/** How many others fell with it, before it. */
function fellTogether(falls: Falls, by: object, now: number): number {
  if (now - falls.at >= TOGETHER_MS) falls.others = 0
  else if (falls.by !== by) falls.others++
  falls.at = now
  falls.by = by
  return falls.others
}

/** One after the other, each at its own moment; very many anywhere in the time there is. What they open when they start is not opened at once. */
function spreadMs(before: number, { baseMs, capMs, jitter }: Backoff, random: () => number): number {
  if (before <= 0 || jitter === 0) return 0
  const step = baseMs * SPREAD
  const most = Math.min(SPREAD_MAX_MS, capMs)
  return before * step <= most ? step * (before + jitter * (2 * random() - 1)) : most * random()
}
