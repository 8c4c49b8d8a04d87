// An incident in plain words, for a founder who is tired: what it was, what people noticed, what was done about it, how it is now, and what is
// left to do. Pure.
import { formatMs } from '../core/index.ts'
import type { Entry } from './entry.ts'
import { type Facts, facts } from './facts.ts'
import type { Incident, Trouble } from './incidents.ts'
import { story } from './story.ts'
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
  const { id, state, began, ended, first, troubles } = incident
  const steps = withoutEchoes(incident.entries).map(entry => ({
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
    cause: causeOf(first),
    noticed: troubles.flatMap(one => noticedOf(one, nowWall)),
    done: unique(incident.entries.flatMap(doneOf)),
    requests: requestsOf(incident.entries),
    toDo: toDoOf(incident),
    steps,
  }
}

function sentence({ state, first, troubles, sources }: Incident, forMs: number): string {
  const who = names(sources.length > 0 ? sources : [first.source])
  if (state === 'noted') return `${story(first)}.`
  const trouble = troubles.length > 1 && sources.length > 1 ? `Trouble with ${who}` : `${who} had trouble`
  if (state === 'open') return `${trouble}, and it lasts: ${formatMs(forMs)} by now.`
  return `${trouble} for ${formatMs(forMs)}, and healed by itself.`
}

const CAUSES: Readonly<Record<string, string>> = {
  oom: 'It ran out of memory: it kept more than it was given.',
  hang: 'Its main thread was stuck, so it answered nobody.',
  uncaught: 'An error was thrown that nothing in the program catches.',
  signal: 'It was killed from outside.',
  health: 'Its own connections failed while fresh ones worked.',
}

function causeOf(first: Entry): string {
  const d = facts(first.data)
  const why =
    CAUSES[d.text('what') ?? (first.name === 'program.hung' ? 'hang' : first.name === 'program.uncaught' ? 'uncaught' : '')]
  return why === undefined ? `${story(first)}.` : `${story(first)}. ${why}`
}

function noticedOf({ key, source, began, ended }: Trouble, nowWall: number): readonly string[] {
  const ms = Math.max(0, (ended?.wall ?? nowWall) - began.wall)
  const time = ended === undefined ? `since ${formatMs(ms)}, still` : `for ${formatMs(ms)}`
  const d = facts(began.data)
  const name = nameOf(source)
  switch (key.split(':')[0]) {
    case 'life':
      return [`${name} was away ${time}${source.split('/').length <= 2 ? '; callers waited at its held port' : ''}`]
    case 'loop':
      return [`${name} crashed again and again ${time}; callers got a 503 that says so`]
    case 'feature':
      return [`${d.text('feature') ?? name} was ${d.text('to') === 'readonly' ? 'read-only' : (d.text('to') ?? 'off')} ${time}`]
    case 'dependency':
      return [`${name} was ${began.name.split('.')[1] === 'readonly' ? 'read-only' : began.name.split('.')[1]} ${time}`]
    case 'breaker':
      return [`calls to ${name} were refused at once ${time}, so that it could recover`]
    case 'blind':
      return [`${name} was decided by each machine alone ${time}`]
    case 'fleet':
      return [`more than half of the machines were not well ${time}`]
    case 'failover':
      return [`${name} went through ${d.text('to') ?? 'another provider'} ${time}`]
    case 'intent':
      return [`one ${name} call was undecided ${time}`]
    default:
      return [`${name}: ${key.split(':')[0]} ${time}`]
  }
}

/** Events that are something done about a trouble. */
const DEEDS =
  /^(supervisor\.(child_restarting|child_replaced|dependents_restarting|recovered)|program\.(ready|hung)|breaker\.(opened|closed)|dependency\.(dropped|resumed|back)|failover\.(switched|returned|passed_on|decided)|system\.(renewing|own_fault)|spool\.drained|journal\.(recovered|set_aside))$/

const doneOf = (entry: Entry): readonly string[] => (DEEDS.test(entry.name) ? [story(entry)] : [])

function requestsOf(entries: readonly Entry[]): readonly string[] {
  const said = entries.flatMap(({ name, data }) => {
    const d = facts(data)
    const route = d.text('route')
    const of = route === undefined ? '' : ` (${route})`
    if (name === 'program.uncaught' && d.text('answered') !== undefined && d.text('answered') !== 'none')
      return [d.text('answered') === 'cut' ? `one was cut${of}` : `one got a ${d.text('answered')}${of}`]
    if (name === 'program.hung' && route !== undefined) return [`${route} was the last to begin before it was stuck`]
    const failed = d.number('failed') ?? d.number('failures')
    if (name === 'breaker.opened' && failed !== undefined) return [`${failed} calls failed before it opened`]
    return []
  })
  return counted(said)
}

function toDoOf({ state, entries, level, first }: Incident): string | null {
  const had = (name: string) => entries.some(entry => entry.name === name)
  if (had('failover.done_twice')) return 'A payment was made twice: undo one of them. selfheal status names both.'
  if (had('failover.unresolved')) return 'A payment is undecided, and nobody answers for it: ask the provider, then settle it.'
  if (had('journal.failing') && state === 'open') return 'The journal can’t be written: see to the disk.'
  const drill = entries.findLast(entry => entry.name === 'drill.ended')
  if (drill !== undefined && state === 'noted') return drillToDo(facts(drill.data))
  if (had('supervisor.crash_looping') && state === 'open')
    return 'It crashes at each start, so another restart won’t help: read what it said last (selfheal journal), or deploy the build before.'
  if (state === 'open') return 'It is being healed; look again in a minute: selfheal why'
  const what = facts(first.data).text('what')
  if (what === 'oom' || had('program.memory_over'))
    return 'It will come again: find what keeps memory (selfheal digest shows how fast it grows).'
  if (first.name === 'program.hung') return 'It will come again with the same request: mend the line named above.'
  if (what === 'uncaught' || had('program.uncaught'))
    return 'Mend the error named above: until then each such request costs a restart.'
  return level === 'alarm' && state === 'noted' ? 'Look at what it says.' : null
}

function drillToDo(d: Facts): string {
  const again = d.text('again')
  return `${d.text('mend') ?? 'See what it promised, and did not keep.'}${again === undefined ? '' : ` Then drill again: ${again}`}`
}

/** 'web', 'features/sell' → 'sell' */
const nameOf = (source: string) => source.split('/').filter(Boolean).at(-1) ?? 'it'

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
