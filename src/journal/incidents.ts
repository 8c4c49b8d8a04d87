// Incidents: entries put together to troubles, from the first sign to healed, over all rooms and processes of the machine. An incident is the
// tree under its first sign, by `because`; troubles that begin beside an open one, with no cause of their own, stand with it, and are told so.
//
//   first sign ──▶ open ──every trouble in it ended──▶ healed ──a new one out of it within a minute──▶ open
//                   └─────the run of the supervisor ended, and one had not──▶ stopped
import type { EventId, Level } from '../core/index.ts'
import { sinceOf } from './away.ts'
import { deploysOf } from './deploys.ts'
import { type Entry, LEVELS } from './entry.ts'
import { facts } from './facts.ts'
import { bootOf, endsRun, endsWith, lives, type PortOf } from './lives.ts'
import { turnsOf } from './troubles.ts'

export interface Trouble {
  /** 'life:shop/web' */
  readonly key: string
  readonly source: string
  readonly began: Entry
  /** Undefined: it has not ended. */
  readonly ended?: Entry
  /** It was not healed: the run of the supervisor, or the process that had it, ended, and it with that. */
  readonly endedWith?: 'run' | 'life'
  /** Was a port of `source` held when it began? Undefined: not known. */
  readonly port?: 'held' | 'none'
}

export interface Incident {
  /** Of its first sign. */
  readonly id: EventId
  /** `noted`: worth a warning, and nothing that would have to heal. `stopped`: its process, or the run of the supervisor, ended before it was healed. */
  readonly state: 'open' | 'healed' | 'noted' | 'stopped'
  readonly level: Level
  /** Wall milliseconds. */
  readonly began: number
  /** Undefined: it is open. */
  readonly ended?: number
  readonly first: Entry
  /** Oldest first; those that stand beside the tree included. */
  readonly entries: readonly Entry[]
  readonly troubles: readonly Trouble[]
  /** Ids of entries that came at the same time, with no `because` that leads here. */
  readonly beside: readonly EventId[]
  readonly sources: readonly string[]
  /** The drill it came in: `drill.began`. */
  readonly drill?: Entry
}

/** A life that was well for so long owes nothing to how the one before it ended. */
const WELL_MS = 60_000
/** Two that begin so close together are most likely one. */
const BESIDE_MS = 20_000
/** The longest drill. */
const DRILL_MS = 60 * 60_000

interface Open {
  readonly first: Entry
  readonly entries: Entry[]
  readonly beside: EventId[]
  readonly troubles: {
    readonly key: string
    readonly source: string
    readonly began: Entry
    readonly port?: Exclude<PortOf, undefined>
    ended?: Entry
    endedWith?: 'run' | 'life'
  }[]
  readonly drill?: Entry
  level: number
  lastWall: number
}

/** `entries` oldest first. Incidents in the order of their first signs. */
export function incidentsOf(entries: readonly Entry[]): readonly Incident[] {
  const incidents: Open[] = []
  const of = new Map<EventId, Open>()
  const running = new Map<string, { readonly incident: Open; readonly trouble: Open['troubles'][number] }>()

  const isOver = (incident: Open, wall: number) =>
    incident.troubles.every(one => one.ended !== undefined) && wall - incident.lastWall > WELL_MS
  const besides = (wall: number) =>
    incidents.findLast(one => wall - one.first.wall <= BESIDE_MS && one.troubles.some(trouble => trouble.ended === undefined))

  const known = lives()
  const deploys = deploysOf()
  const drills = new Map<EventId, Entry>()
  /** `at`: where it stands. A run that was killed told nothing of its end: then the last that was told before the next began. */
  const end = (ending: Entry, at: number) => {
    for (const [key, { trouble }] of running) {
      const how = endsWith(key, trouble.began, ending)
      if (how === undefined) continue
      trouble.ended = (ending.name === 'system.started' ? lastBefore(entries, at) : undefined) ?? ending
      trouble.endedWith = how
      running.delete(key)
    }
  }

  for (const [at, entry] of entries.entries()) {
    known.note(entry)
    deploys.note(entry)
    if (entry.name === 'drill.began') drills.set(entry.id, entry)
    if (entry.name === 'drill.ended' && entry.because !== undefined) drills.delete(entry.because)
    if (endsRun(entry) || entry.name === 'program.exited') end(entry, at)
    const refused = deploys.of(entry, known)
    const spared = known.isPast(entry) || known.isEarly(entry) || refused !== undefined
    const turns = turnsOf(entry).filter(one => !(one.is === 'begins' && one.key.startsWith('life:') && spared))
    const warns = LEVELS.indexOf(entry.level) >= LEVELS.indexOf('warn')
    const parent = entry.because === undefined ? undefined : of.get(entry.because)
    const ending = turns.flatMap(turn => (turn.is === 'ends' ? (running.get(turn.key) ?? []) : []))
    let incident = refused === undefined ? undefined : of.get(refused.id)
    incident ??= parent !== undefined && !isOver(parent, entry.wall) ? parent : undefined
    // What was open before this window began may end in it: then it is no part of anything here.
    incident ??= ending[0]?.incident
    if (incident === undefined && warns && refused !== undefined) {
      incident = begin(refused)
      incident.entries.push(refused)
      of.set(refused.id, incident)
      incidents.push(incident)
    } else if (incident === undefined && warns) {
      const near = entry.because === undefined || !of.has(entry.because) ? besides(entry.wall) : undefined
      if (near !== undefined) near.beside.push(entry.id)
      incident = near ?? begin(entry, drillOf(entry, drills))
      if (near === undefined) incidents.push(incident)
    }
    if (incident === undefined) continue
    incident.entries.push(entry)
    incident.level = Math.max(incident.level, LEVELS.indexOf(entry.level))
    incident.lastWall = Math.max(incident.lastWall, entry.wall)
    of.set(entry.id, incident)
    for (const { key, is } of turns) {
      const now = running.get(key)
      if (is === 'begins' && now === undefined) {
        const port = known.portAt(entry)
        const trouble = { key, source: entry.source, began: entry, ...(port === undefined ? {} : { port }) }
        incident.troubles.push(trouble)
        running.set(key, { incident, trouble })
      } else if (is === 'ends' && now !== undefined) {
        now.trouble.ended = entry
        now.incident.lastWall = Math.max(now.incident.lastWall, entry.wall)
        running.delete(key)
      }
    }
  }
  return incidents.map(closed)
}

/** The last that another process told. */
const lastBefore = (entries: readonly Entry[], at: number) =>
  entries.findLast((one, i) => i < at && bootOf(one.id) !== bootOf(entries[at]!.id))

/** What a drill breaks is meant to break. One that was killed told nothing of its end. */
function drillOf({ source, wall }: Entry, drills: ReadonlyMap<EventId, Entry>): Entry | undefined {
  return [...drills.values()].findLast(drill => {
    const d = facts(drill.data)
    const of = d.text('of') ?? ''
    return d.text('stage') !== 'copy' && wall - drill.wall < DRILL_MS && (source === of || source.startsWith(`${of}/`))
  })
}

function begin(first: Entry, drill?: Entry): Open {
  return {
    first,
    entries: [],
    beside: [],
    troubles: [],
    level: 0,
    lastWall: first.wall,
    ...(drill === undefined ? {} : { drill }),
  }
}

function closed({ first, entries, beside, troubles, level, drill }: Open): Incident {
  const open = troubles.some(one => one.ended === undefined)
  const stopped = troubles.some(one => one.endedWith === 'run') || troubles.every(one => one.endedWith !== undefined)
  const state = open ? 'open' : troubles.length === 0 ? 'noted' : stopped ? 'stopped' : 'healed'
  const ended = troubles.reduce((last, one) => Math.max(last, one.ended?.wall ?? last), first.wall)
  return Object.freeze({
    id: first.id,
    state,
    level: LEVELS[level] ?? 'info',
    began: sinceOf(first),
    ...(open ? {} : { ended }),
    first,
    entries,
    troubles,
    beside,
    sources: [...new Set(troubles.map(one => one.source))],
    ...(drill === undefined ? {} : { drill }),
  })
}
