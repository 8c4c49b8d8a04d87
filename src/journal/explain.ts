// An incident in plain words, for a founder who is tired: what it was, what people noticed, what was done about it, how it is now, and what is
// left to do. Pure.
import { formatMs } from '../core/index.ts'
import { awayOf, until } from './away.ts'
import type { Entry } from './entry.ts'
import { facts } from './facts.ts'
import type { Incident, Trouble } from './incidents.ts'
import { nameOf } from './phrases.ts'
import { story } from './story.ts'
import { turnedAway } from './story-of-doors.ts'
import { toDoOf } from './to-do.ts'
import { withoutEchoes } from './troubles.ts'

export interface Explained {
  readonly id: string
  readonly state: Incident['state']
  readonly began: number
  readonly ended: number | null
  /** One sentence. */
  readonly says: string
  /** What it began with. */
  readonly cause: string
  readonly noticed: readonly string[]
  readonly done: readonly string[]
  /** Requests that it cost, as far as it was told. */
  readonly requests: readonly string[]
  /** null: nothing. */
  readonly toDo: string | null
  readonly steps: readonly { readonly afterMs: number; readonly level: string; readonly says: string; readonly beside: boolean }[]
}

/** `nowWall`: how long an open one has lasted. */
export function explain(incident: Incident, nowWall: number): Explained {
  const { id, state, began, ended, troubles } = incident
  const steps = withoutEchoes(incident.entries.filter(entry => !isEmpty(entry))).map(entry => ({
    afterMs: Math.max(0, entry.wall - began),
    level: entry.level,
    says: story(entry),
    beside: incident.beside.includes(entry.id),
  }))
  const forMs = Math.max(0, (ended ?? nowWall) - began)
  return {
    id,
    state,
    began,
    ended: ended ?? null,
    says: sentence(incident, forMs),
    cause: causeOf(incident),
    noticed: unique([...unharmed(incident.entries), ...troubles.map(one => noticedOf(one, incident, nowWall))]),
    done: unique(incident.entries.flatMap(doneOf)),
    requests: requestsOf(incident.entries),
    toDo: toDoOf(incident),
    steps,
  }
}

const refusalOf = (entries: readonly Entry[]) => entries.findLast(one => one.name === 'system.reload_refused')

/** Of a deploy that was refused: the life before it serves on. */
function unharmed(entries: readonly Entry[]): readonly string[] {
  const refusal = refusalOf(entries)
  if (refusal === undefined || facts(refusal.data).all['stays'] !== true) return []
  return [`nobody: ${facts(refusal.data).text('id') ?? 'the life before it'} was served by the build before, without a gap`]
}

function sentence({ state, first, troubles, sources, entries, drill }: Incident, forMs: number): string {
  // What stands in for a program has no trouble of its own.
  const own = sources.filter(source => !source.endsWith('/meanwhile'))
  const who = names(own.length > 0 ? own : [first.source])
  const refusal = refusalOf(entries)
  if (state === 'noted' && refusal !== undefined) return `A deploy was refused: ${story(refusal)}`
  if (state === 'noted') return `${story(first)}.`
  const trouble = troubles.length > 1 && own.length > 1 ? `Trouble with ${who}` : `${who} had trouble`
  if (state === 'open') return `${trouble}, and it lasts: ${formatMs(forMs)} by now.`
  if (state === 'stopped') return `${trouble} for ${formatMs(forMs)}${until(troubles)}: it was not healed by then.`
  return `${trouble} for ${formatMs(forMs)}, and healed by itself${drill === undefined ? '' : `, in the drill ${drillName(drill)}`}.`
}

const CAUSES: Readonly<Record<string, string>> = {
  oom: 'It ran out of memory: it kept more than it was given.',
  hang: 'Its main thread was stuck, so it answered nobody.',
  uncaught: 'An error was thrown that nothing in the program catches.',
  signal: 'It was killed from outside.',
  health: 'Its own connections failed while fresh ones worked.',
}

const drillName = (drill: Entry) => facts(drill.data).text('drill') ?? 'that ran'

function causeOf({ first, drill, entries }: Incident): string {
  const refusal = refusalOf(entries)
  if (first.name === 'system.reloading' && refusal !== undefined) return story(refusal)
  if (drill !== undefined) return `${story(first)}. The drill ${drillName(drill)} was under way: what breaks in it is meant to.`
  const d = facts(first.data)
  const why =
    CAUSES[d.text('what') ?? (first.name === 'program.hung' ? 'hang' : first.name === 'program.uncaught' ? 'uncaught' : '')]
  return why === undefined ? `${story(first)}.` : `${story(first)}. ${why}`
}

function noticedOf(trouble: Trouble, { troubles, entries }: Incident, nowWall: number): string {
  const { key, source, began, ended } = trouble
  const ms = Math.max(0, (ended?.wall ?? nowWall) - began.wall)
  const time = ended === undefined ? `since ${formatMs(ms)}, still` : `for ${formatMs(ms)}${until([trouble])}`
  const d = facts(began.data)
  const name = nameOf(source)
  switch (key.split(':')[0]) {
    case 'life':
      return awayOf(
        name,
        troubles.filter(one => one.key === key),
        entries,
        nowWall,
      )
    case 'loop':
      // Its end is that it has been well for a while.
      return ended === undefined || until([trouble]) !== ''
        ? `${name} crashed again and again ${time}`
        : `${name} crashed again and again; ${formatMs(ms)} after the first it was trusted again`
    case 'feature':
      return `${d.text('feature') ?? name} was ${d.text('to') === 'readonly' ? 'read-only' : (d.text('to') ?? 'off')} ${time}`
    case 'dependency':
      return dependencyWas(name, trouble, entries, nowWall, time)
    case 'breaker':
      return `calls to ${name} were refused at once, so that it could recover, ${time}`
    case 'door': {
      // Its end is that none was for a while.
      const forMs = ended === undefined ? undefined : facts(ended.data).number('forMs')
      return `some requests were turned away ${forMs === undefined ? time : `within ${formatMs(forMs)}`}`
    }
    case 'blind':
      return `${name} was decided by each machine alone ${time}`
    case 'fleet':
      return `more than half of the machines were not well ${time}`
    case 'failover':
      return `${name} went through ${d.text('to') ?? 'another provider'} ${time}`
    case 'intent':
      return `one ${name} call was undecided ${time}`
    default:
      return `${name}: ${key.split(':')[0]} ${time}`
  }
}

const STANDS = { 'dependency.down': 'down', 'dependency.slow': 'slow', 'dependency.readonly': 'read-only' } as const

/** "db was slow for 3 s, then down for 5 s": it may have been more than one of them before it was well. */
function dependencyWas(name: string, trouble: Trouble, entries: readonly Entry[], nowWall: number, time: string): string {
  const { source, began, ended } = trouble
  const stands = entries.filter(
    one =>
      one.source === source &&
      Object.hasOwn(STANDS, one.name) &&
      one.row >= began.row &&
      (ended === undefined || one.row < ended.row),
  )
  const word = (one: Entry) => STANDS[one.name as keyof typeof STANDS]
  if (new Set(stands.map(word)).size < 2) return `${name} was ${word(began)} ${time}`
  const end = ended?.wall ?? nowWall
  const parts = stands.map((one, i) => `${word(one)} for ${formatMs(Math.max(0, (stands[i + 1]?.wall ?? end) - one.wall))}`)
  return `${name} was ${parts.join(', then ')}${ended === undefined ? ', still' : until([trouble])}`
}

/** Events that are something done about a trouble. */
const DEEDS =
  /^(supervisor\.(child_restarting|child_replaced|dependents_restarting|recovered)|program\.(ready|hung)|breaker\.(opened|closed)|dependency\.(dropped|back)|failover\.(switched|returned|passed_on|decided)|system\.(renewing|own_fault)|spool\.drained|journal\.(recovered|set_aside))$/

const doneOf = (entry: Entry): readonly string[] => (DEEDS.test(entry.name) && !isEmpty(entry) ? [story(entry)] : [])

/** Nothing was there to be ended. */
const isEmpty = ({ name, data }: Entry) =>
  name === 'dependency.dropped' && facts(data).number('connections') === 0 && facts(data).text('failed') === undefined

function requestsOf(entries: readonly Entry[]): readonly string[] {
  const said = entries.flatMap(entry => {
    const { name, data } = entry
    const d = facts(data)
    const route = d.text('route')
    const of = route === undefined ? '' : ` (${route})`
    if (name === 'program.uncaught' && d.text('answered') !== undefined && d.text('answered') !== 'none')
      return [d.text('answered') === 'cut' ? `one was cut${of}` : `one got a ${d.text('answered')}${of}`]
    if (name === 'program.hung' && route !== undefined) return [`${route} was the last to begin before it was stuck`]
    if (name === 'inbound.well') return [turnedAway(d)]
    const failed = d.number('failed') ?? d.number('failures')
    if (name === 'breaker.opened' && failed !== undefined) {
      const counted = refusedAfter(entries, entry) !== undefined
      if (failed === 0) return counted ? [] : ['those made while it was open were refused at once']
      return [`${failed} calls failed before it opened${counted ? '' : '; those made since were refused at once'}`]
    }
    const refused = d.number('refused')
    if (name === 'breaker.closed' && refused !== undefined) return [`${refused} calls were refused at once while it was open`]
    return []
  })
  return counted(said)
}

/** How many the breaker refused, as it told when it closed. */
function refusedAfter(entries: readonly Entry[], opened: Entry): number | undefined {
  const key = facts(opened.data).text('key')
  const closed = entries.find(
    one =>
      one.name === 'breaker.closed' &&
      one.row > opened.row &&
      one.source === opened.source &&
      facts(one.data).text('key') === key,
  )
  return closed === undefined ? undefined : facts(closed.data).number('refused')
}

function names(sources: readonly string[]): string {
  const all = unique(sources.map(nameOf))
  return all.length < 2 ? (all[0] ?? 'it') : `${all.slice(0, -1).slice(0, 4).join(', ')} and ${all.at(-1)}`
}

const unique = (values: readonly string[]) => [...new Set(values)]

function counted(values: readonly string[]): readonly string[] {
  return unique(values).map(value => {
    const n = values.filter(one => one === value).length
    return n === 1 ? value : `${n} × ${value}`
  })
}
