// A day on one screen: what broke and how it healed, what is still open, and the slow creep. Pure.
import { formatMs } from '../core/index.ts'
import { type Creep, creepsOf } from './creep.ts'
import type { Entry } from './entry.ts'
import { type Explained, explain } from './explain.ts'
import { incidentsOf } from './incidents.ts'

export interface Digest {
  readonly from: number
  readonly to: number
  readonly open: readonly Explained[]
  readonly healed: readonly Explained[]
  readonly noted: readonly Explained[]
  /** Not healed: their run of the supervisor ended before. */
  readonly stopped: readonly Explained[]
  /** Of all that healed: the time in the middle, and the longest. */
  readonly healingMs: { readonly median: number; readonly most: number } | null
  /** What was done, and how often. */
  readonly deeds: readonly { readonly says: string; readonly count: number }[]
  readonly creeps: readonly Creep[]
  /** Entries that were lost before they were written. */
  readonly dropped: number
}

const DEEDS: Readonly<Record<string, string>> = {
  'supervisor.child_restarting': 'restarts',
  'supervisor.child_replaced': 'lives taken over without a gap',
  'program.hung': 'hangs ended',
  'program.blocked': 'times a main thread stood still',
  'breaker.opened': 'breakers opened',
  'dependency.dropped': 'times all connections were dropped',
  'failover.switched': 'switches of provider',
  'failover.decided': 'undecided calls decided',
  'inbound.refusing': 'times requests were turned away',
  'feature.changed': 'changes of a feature',
  'spool.drained': 'spools applied',
  'drill.ended': 'drills',
  'control.acted': 'commands by people',
}

/** `entries` oldest first, of the whole time. */
export function digestOf(entries: readonly Entry[], { from, to }: { readonly from: number; readonly to: number }): Digest {
  const explained = incidentsOf(entries).map(one => explain(one, to))
  const of = (state: Explained['state']) => explained.filter(one => one.state === state)
  const times = of('healed')
    .map(one => one.ended! - one.began)
    .sort((a, b) => a - b)
  const counts = new Map<string, number>()
  let dropped = 0
  for (const { name, data } of entries) {
    const says = DEEDS[name]
    if (says !== undefined) counts.set(says, (counts.get(says) ?? 0) + 1)
    if (name === 'selfheal.dropped') dropped += Number((data as { readonly count?: unknown } | null)?.count) || 0
  }
  return {
    from,
    to,
    open: of('open'),
    healed: of('healed'),
    noted: of('noted'),
    stopped: of('stopped'),
    healingMs: times.length === 0 ? null : { median: times[Math.floor((times.length - 1) / 2)]!, most: times.at(-1)! },
    deeds: [...counts].map(([says, count]) => ({ says, count })).sort((a, b) => b.count - a.count),
    creeps: creepsOf(entries),
    dropped,
  }
}

const MOST_LINES = 8

export function digestText(digest: Digest, clock: (wall: number) => string): string {
  const { from, to, open, healed, noted, stopped, healingMs, deeds, creeps, dropped } = digest
  const quiet = open.length + healed.length + stopped.length + creeps.length === 0
  const parts = [
    `From ${clock(from)} to ${clock(to)}: ${quiet ? 'nothing broke.' : `${count(healed.length, 'trouble')} healed${healingMs === null ? '' : ` (in ${formatMs(healingMs.median)} as a rule, ${formatMs(healingMs.most)} at most)`}, ${open.length === 0 ? 'none is open' : `${open.length} open`}.`}`,
  ]
  const list = (title: string, lines: readonly string[]) => {
    if (lines.length === 0) return
    const more = lines.length > MOST_LINES ? [`  … and ${lines.length - MOST_LINES} more`] : []
    parts.push([title, ...lines.slice(0, MOST_LINES).map(line => `  ${line}`), ...more].join('\n'))
  }
  const told = (one: Explained) => `${clock(one.began)}  ${one.says}`
  list(
    'Open now',
    open.map(one => `${told(one)} ${one.toDo ?? ''}`.trim()),
  )
  list('Healed', [...healed].sort((a, b) => b.ended! - b.began - (a.ended! - a.began)).map(told))
  list('Ended with their run', stopped.map(told))
  list('To do', [...new Set([...healed, ...stopped, ...noted].flatMap(one => one.toDo ?? []))])
  list(
    'Creeping',
    creeps.map(one => `${one.source}: ${one.says}`),
  )
  list('Noted', grouped(noted.map(one => one.says)))
  list(
    'Done by itself',
    [deeds.map(({ says, count: n }) => `${n} ${says}`).join(' · ')].filter(line => line !== ''),
  )
  if (dropped > 0) parts.push(`${dropped} entries were lost before they could be written.`)
  if (!quiet) parts.push('More of one: selfheal why <time>')
  return parts.join('\n\n')
}

const count = (n: number, what: string) => `${n} ${what}${n === 1 ? '' : 's'}`

function grouped(lines: readonly string[]): readonly string[] {
  return [...new Set(lines)].map(line => {
    const n = lines.filter(one => one === line).length
    return n === 1 ? line : `${line} (${n} times)`
  })
}
