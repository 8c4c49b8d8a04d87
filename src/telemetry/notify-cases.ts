// When a person must be told, and nothing else: healing exhausted or suppressed, money unknown or twice, an acknowledged write lost, users degraded
// for more than five minutes, a bad build blocked, a drill that regressed, the healer blind. Some are told at once; others only if they last, as most heal by
// themselves. Pure: state + entries + now → state + cases.
import type { Event } from '../core/index.ts'
import { type Facts, facts } from '../journal/index.ts'

export type Told = Pick<Event, 'id' | 'source' | 'wall' | 'because'> & { readonly name: string; readonly data: unknown }

export interface Case {
  readonly kind: 'exhausted' | 'suppressed' | 'money' | 'write_lost' | 'degraded' | 'bad_build' | 'regressed' | 'blind'
  /** The event that it is about. */
  readonly event: string
  readonly at: number
  readonly key: string
}

/** Plain data: kept on disk between lives of the reporter. */
export interface CaseState {
  /** What lasts, and is told when it has lasted too long. */
  readonly lasting: { readonly [key: string]: Case & { readonly root: string } }
  /** Keys and roots of incidents that were told already, with when. */
  readonly told: { readonly [key: string]: number }
  /** id → the first sign it goes back to. */
  readonly roots: { readonly [id: string]: string }
}

interface Rule {
  readonly kind: Case['kind']
  /** 0: at once. */
  readonly afterMs: number
  readonly key: (d: Facts, source: string) => string
  readonly unless?: (d: Facts) => boolean
}

export const NOTHING_TOLD: CaseState = { lasting: {}, told: {}, roots: {} }

const LASTS_MS = 5 * 60_000
/** The same trouble is not told again within so long. */
const AGAIN_MS = 24 * 3_600_000
const MOST_ROOTS = 5_000

const of = (kind: Case['kind'], key: Rule['key'], afterMs = 0, unless?: Rule['unless']): Rule => ({
  kind,
  key,
  afterMs,
  ...(unless === undefined ? {} : { unless }),
})
const bySource = (what: string) => (_: Facts, source: string) => `${what}:${source}`
const byDrill = (d: Facts, source: string) => `drill:${source}:${d.text('drill') ?? ''}:${d.text('of') ?? ''}`
const byIntent = (d: Facts, source: string) => `intent:${source}:${d.text('key') ?? ''}`

const BEGINS: Readonly<Record<string, Rule>> = {
  'supervisor.crash_looping': of('exhausted', bySource('loop')),
  'supervisor.exhausted': of('exhausted', bySource('exhausted')),
  'fleet.sick': of('suppressed', bySource('sick')),
  'failover.parked': of('money', byIntent, LASTS_MS),
  'failover.unresolved': of('money', byIntent),
  'failover.done_twice': of('money', (d, s) => `twice:${byIntent(d, s)}`),
  'failover.unaudited': of('money', (d, s) => `unaudited:${byIntent(d, s)}`),
  'failover.late_success': of('money', (d, s) => `late:${byIntent(d, s)}`),
  'failover.ledger_failing': of('degraded', bySource('ledger'), LASTS_MS),
  'spool.dead': of('write_lost', bySource('dead')),
  // Who turned it off knows.
  'feature.changed': of('degraded', bySource('feature'), LASTS_MS, d => d.text('to') === 'on' || d.text('by') !== undefined),
  'dependency.down': of('degraded', bySource('dependency'), LASTS_MS),
  'system.reload_refused': of('bad_build', (d, source) => `build:${source}:${d.text('id') ?? ''}`),
  'fleet.build_judged': of(
    'bad_build',
    d => `build:${d.text('build') ?? ''}`,
    0,
    d => d.all['bad'] !== true,
  ),
  // It held the last time: what was proved is so no longer.
  'drill.ended': of('regressed', byDrill, 0, d => d.all['regressed'] !== true),
  'journal.failing': of('blind', bySource('journal')),
  'fleet.blind': of('blind', bySource('fleet'), LASTS_MS),
  // Its own: the supervisor does not answer the reporter.
  'reporter.blind': of('blind', bySource('reporter')),
}

/** What has ended is not told, and once told may be told anew. */
const ENDS: Readonly<Record<string, Rule['key']>> = {
  'supervisor.recovered': bySource('loop'),
  'fleet.well': bySource('sick'),
  'failover.decided': byIntent,
  'failover.ledger_recovered': bySource('ledger'),
  'dependency.back': bySource('dependency'),
  'fleet.sighted': bySource('fleet'),
  'journal.recovered': bySource('journal'),
  'system.reloaded': (_, source) => `build:${source}:`,
  'reporter.sighted': bySource('reporter'),
}

export function casesOf(
  state: CaseState,
  entries: readonly Told[],
  now: number,
): { readonly state: CaseState; readonly cases: readonly Case[] } {
  const lasting = { ...state.lasting }
  const told = Object.fromEntries(Object.entries(state.told).filter(([, at]) => now - at < AGAIN_MS))
  const roots = new Map(Object.entries(state.roots))
  const cases: Case[] = []
  const tell = ({ kind, event, at, key }: Case, root: string) => {
    // Money and writes are each their own; the rest of one incident is one message.
    const own = kind === 'money' || kind === 'write_lost'
    if (told[key] !== undefined || (!own && told[`root:${root}`] !== undefined)) return
    told[key] = now
    if (!own) told[`root:${root}`] = now
    cases.push({ kind, event, at, key })
  }
  const due = (wall: number) => {
    for (const [key, one] of Object.entries(lasting))
      if (wall - one.at > LASTS_MS) {
        delete lasting[key]
        tell(one, one.root)
      }
  }
  for (const { id, name, source, wall, because, data } of entries) {
    due(wall)
    const d = facts(data)
    const root = (because === undefined ? undefined : (roots.get(because) ?? because)) ?? id
    roots.set(id, root)
    const ends = Object.hasOwn(ENDS, name) ? ENDS[name]!(d, source) : undefined
    const on = name === 'feature.changed' && d.text('to') === 'on' ? `feature:${source}` : undefined
    const held = name === 'drill.ended' && d.text('verdict') === 'yes' ? byDrill(d, source) : undefined
    for (const end of [ends, on, held])
      if (end !== undefined)
        for (const known of [...Object.keys(lasting), ...Object.keys(told)])
          if (known === end || (end.startsWith('build:') && known.startsWith(end))) {
            delete lasting[known]
            delete told[known]
          }
    const rule = Object.hasOwn(BEGINS, name) ? BEGINS[name] : undefined
    if (rule === undefined || rule.unless?.(d) === true) continue
    const one = { kind: rule.kind, event: id, at: wall, key: rule.key(d, source) }
    if (rule.afterMs === 0) tell(one, root)
    else lasting[one.key] ??= { ...one, root }
  }
  due(now)
  return { state: { lasting, told, roots: Object.fromEntries([...roots].slice(-MOST_ROOTS)) }, cases }
}
