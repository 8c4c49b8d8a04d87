// The slow creep of small troubles, found in samples before it is an incident: what grows, what is nearly full, what fails more often than it
// did. Pure.
import { formatMs } from '../core/index.ts'
import type { Entry } from './entry.ts'
import { facts } from './facts.ts'

export interface Creep {
  readonly source: string
  readonly kind: 'grows' | 'nearly_full' | 'more_often'
  readonly says: string
}

interface Series {
  readonly source: string
  readonly name: string
  readonly points: readonly (readonly [wall: number, value: number])[]
}

/** Fewer, or over less time, tell nothing. */
const LEAST_POINTS = 6
const LEAST_MS = 30 * 60_000
const GAUGES = /(rss|heap|fds|openFiles|waiting|pending|lateMs)$/i
const BYTES = /(rss|heap|bytes|memory)$/i
const COUNTERS = /(retries|retried|timeouts|failures|failed|rejected|restarts|dropped|errors)$/i
/** What is used, of what there is: pairs of names. */
const PAIRS: readonly (readonly [RegExp, RegExp, string])[] = [
  [/heap$/i, /heapLimit$/i, 'its heap'],
  [/rss$/i, /memoryLimit$/i, 'its memory'],
  [/(inUse|busy|active|used|inFlight)$/i, /(max|size|limit|total)$/i, 'its pool'],
  [/disk\.usedBytes$/i, /disk\.totalBytes$/i, 'the disk'],
  [/pendingBytes$/i, /maxBytes$/i, 'its spool'],
]
const FULL = 0.85

export function creepsOf(entries: readonly Entry[]): readonly Creep[] {
  const all = seriesOf(entries)
  return [...all.flatMap(growing), ...nearlyFull(all), ...all.flatMap(moreOften)]
}

function seriesOf(entries: readonly Entry[]): readonly Series[] {
  const points = new Map<string, [number, number][]>()
  for (const { name, wall, data } of entries) {
    if (name !== 'system.sampled') continue
    const parts = facts(data).inside('parts')
    for (const source of Object.keys(parts.all))
      for (const [measure, value] of Object.entries(parts.inside(source).all)) {
        if (typeof value !== 'number') continue
        const key = `${source}\n${measure}`
        const known = points.get(key)
        if (known === undefined) points.set(key, [[wall, value]])
        else known.push([wall, value])
      }
  }
  return [...points].map(([key, list]) => {
    const [source = '', name = ''] = key.split('\n')
    return { source, name, points: list }
  })
}

/** Up by a fifth, and upward all along: the middle of the last third above that of the middle, and that above the first. */
function growing({ source, name, points }: Series): readonly Creep[] {
  if (!GAUGES.test(name) || !enough(points)) return []
  const third = Math.floor(points.length / 3)
  const [a, b, c] = [points.slice(0, third), points.slice(third, 2 * third), points.slice(2 * third)].map(middle) as [
    number,
    number,
    number,
  ]
  if (!(c > b && b > a && c > a * 1.2 && c - a > leastOf(name))) return []
  const hours = (points.at(-1)![0] - points[0]![0]) / 3_600_000
  const measured = (value: number) =>
    BYTES.test(name) ? `${Math.round(value / 1_048_576)} MB` : /Ms$/.test(name) ? formatMs(value) : `${Math.round(value)}`
  return [
    { source, kind: 'grows', says: `${short(name)} grows: ${measured(a)} → ${measured(c)} in ${formatMs(hours * 3_600_000)}` },
  ]
}

function nearlyFull(all: readonly Series[]): readonly Creep[] {
  return all.flatMap(used => {
    const pair = PAIRS.find(([is]) => is.test(used.name))
    if (pair === undefined) return []
    const place = used.name.slice(0, used.name.lastIndexOf('.') + 1)
    const most = all.find(one => one.source === used.source && one.name.startsWith(place) && pair[1].test(one.name))
    const [now, limit] = [used.points.at(-1)?.[1], most?.points.at(-1)?.[1]]
    if (now === undefined || limit === undefined || limit <= 0) return []
    // A peak is no state: what is full at most looks of the last third.
    const lately = used.points.slice(-Math.max(1, Math.floor(used.points.length / 3)))
    if (middle(lately) / limit < FULL) return []
    return [
      {
        source: used.source,
        kind: 'nearly_full' as const,
        says: `${pair[2]} is ${Math.round((middle(lately) / limit) * 100)} % full`,
      },
    ]
  })
}

/** Counted twice as often in the second half as in the first. A counter that fell was begun anew. */
function moreOften({ source, name, points }: Series): readonly Creep[] {
  if (!COUNTERS.test(name) || !enough(points)) return []
  const half = Math.floor(points.length / 2)
  const [before, after] = [gained(points.slice(0, half + 1)), gained(points.slice(half))]
  if (after < 10 || after < 2 * before) return []
  return [{ source, kind: 'more_often', says: `${short(name)} become more: ${before} in the first half, ${after} in the second` }]
}

const enough = (points: Series['points']) => points.length >= LEAST_POINTS && points.at(-1)![0] - points[0]![0] >= LEAST_MS
const gained = (points: Series['points']) =>
  points.reduce((sum, [, value], i) => sum + (i === 0 ? 0 : value >= points[i - 1]![1] ? value - points[i - 1]![1] : value), 0)
const middle = (points: readonly (readonly [number, number])[]) =>
  points.map(([, value]) => value).sort((x, y) => x - y)[Math.floor(points.length / 2)] ?? 0
const leastOf = (name: string) => (BYTES.test(name) ? 16 * 1_048_576 : /Ms$/.test(name) ? 50 : 10)
const short = (name: string) => name.split('.').at(-1) ?? name
