// A dependency that is slower than its last month: told when the middle of today's answers, or their slow end, is well above what the days before
// had. A day is a few numbers that the reporter keeps, so the journal need not hold a month. Pure.
import { formatMs } from '../../core/index.ts'
import { type Entry, type Facts, facts } from '../../journal/index.ts'
import type { Seen } from './watch.ts'

export interface Day {
  /** Its end, wall milliseconds. */
  readonly at: number
  /** Calls seen in samples. */
  readonly calls: number
  readonly p50Ms: number
  readonly p95Ms: number
}
/** By the dependency's path, the oldest first. */
export type Days = { readonly [source: string]: readonly Day[] }

const DAY_MS = 86_400_000
const KEPT_DAYS = 30
/** Fewer days, or a day with fewer calls, say nothing. */
const LEAST_DAYS = 7
const LEAST_CALLS = 200
const MOST_SOURCES = 200
/** So many times as long, and so much longer. */
const MIDDLE = { name: 'half of its answers', key: 'p50Ms', times: 1.5, plusMs: 20 } as const
const SLOW_END = { name: 'its slowest twentieth', key: 'p95Ms', times: 2, plusMs: 100 } as const

/** `entries` up to `now`; the days with today, and what is slower today than they were. */
export function slower(
  days: Days,
  entries: readonly Entry[],
  now: number,
): { readonly days: Days; readonly seen: readonly Seen[] } {
  const today = todayOf(
    entries.filter(one => one.name === 'system.sampled' && now - one.wall <= DAY_MS),
    now,
  )
  const past = Object.entries(days).map(
    ([source, list]) => [source, list.filter(one => now - one.at <= KEPT_DAYS * DAY_MS)] as const,
  )
  const known = new Map(past.filter(([, list]) => list.length > 0))
  const seen = [...today].flatMap(([source, day]) => judged(source, day, known.get(source) ?? []))
  for (const [source, day] of today) known.set(source, [...(known.get(source) ?? []), day])
  return { days: Object.fromEntries([...known].slice(-MOST_SOURCES)), seen }
}

function judged(source: string, day: Day, before: readonly Day[]): readonly Seen[] {
  if (before.length < LEAST_DAYS) return []
  for (const { name, key, times, plusMs } of [MIDDLE, SLOW_END]) {
    const usual = middle(before.map(one => ({ value: one[key], weight: 1 })))
    if (day[key] <= usual * times || day[key] < usual + plusMs) continue
    const says = `${name} took ${formatMs(day[key])} or longer today, ${formatMs(usual)} in the ${before.length} days before (told from ${times} times and ${plusMs} ms more)`
    return [{ source, says }]
  }
  return []
}

function todayOf(samples: readonly Entry[], at: number): ReadonlyMap<string, Day> {
  const figures = new Map<string, Facts[]>()
  for (const { data } of samples) {
    const parts = facts(data).inside('parts')
    for (const source of Object.keys(parts.all)) {
      const d = parts.inside(source)
      if ((d.number('latency.calls') ?? 0) > 0) figures.set(source, [...(figures.get(source) ?? []), d])
    }
  }
  const found = new Map<string, Day>()
  for (const [source, list] of figures) {
    const calls = list.reduce((sum, d) => sum + d.number('latency.calls')!, 0)
    // As many as were made count as much: a quiet night is not half of the day.
    const of = (key: string) =>
      middle(list.map(d => ({ value: d.number(`latency.${key}`) ?? 0, weight: d.number('latency.calls')! })))
    if (calls >= LEAST_CALLS) found.set(source, { at, calls, p50Ms: of('p50Ms'), p95Ms: of('p95Ms') })
  }
  return found
}

function middle(values: readonly { readonly value: number; readonly weight: number }[]): number {
  const sorted = [...values].sort((a, b) => a.value - b.value)
  const half = sorted.reduce((sum, one) => sum + one.weight, 0) / 2
  let seen = 0
  return sorted.find(one => (seen += one.weight) >= half)?.value ?? 0
}
