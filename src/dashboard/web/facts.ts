// What the page knows of parts, as they come over the wire, and how it reads them. Pure: whatever a snapshot holds, nothing here throws.

export interface Part {
  readonly path: string
  readonly kind: string
  readonly snapshot: unknown
  readonly verbs: readonly string[]
  readonly settings?: readonly Setting[]
  readonly failed?: string
}
export interface Setting {
  readonly level: string
  readonly name: string
  readonly valueMs: number | null
  readonly from: string
}
export interface Told {
  readonly id: string
  readonly name: string
  readonly source: string
  readonly wall: number
  readonly level: string
  readonly says: string
}
export interface Away {
  readonly code: string
  readonly message: string
  readonly mend: string
}

/** `busy`: it is on its way. `off`: meant to be as it is. */
export type Tone = 'well' | 'busy' | 'bad' | 'off'
export interface Row {
  readonly name: string
  readonly state: string
  readonly tone: Tone
  readonly says: string
  /** Wall milliseconds; null: not known. */
  readonly since: number | null
}

type Facts = Readonly<Record<string, unknown>>
export const facts = (value: unknown): Facts =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Facts) : {}
export const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])
export const text = (value: unknown): string => (typeof value === 'string' ? value : '')
export const number = (value: unknown): number | null => (typeof value === 'number' && Number.isFinite(value) ? value : null)

const TONES: Readonly<Record<string, Tone>> = {
  ready: 'well',
  running: 'well',
  up: 'well',
  on: 'well',
  closed: 'well',
  well: 'well',
  full: 'well',
  stopped: 'off',
  left: 'off',
  unknown: 'off',
  starting: 'busy',
  restarting: 'busy',
  waiting: 'busy',
  stopping: 'busy',
  retiring: 'busy',
  ramping: 'busy',
  half_open: 'busy',
  slow: 'busy',
  readonly: 'busy',
  joining: 'busy',
}

export const nameOf = (path: string) => path.split('/').at(-1) ?? path
export const toneOf = (state: string): Tone => TONES[state] ?? (state.startsWith('on ') ? 'well' : state === '' ? 'off' : 'bad')

const rows = new WeakMap<Part, Row>()

/** Read once: a part that has changed is another object. */
export function rowOf(part: Part): Row {
  const known = rows.get(part)
  if (known !== undefined) return known
  const row = readRow(part)
  rows.set(part, row)
  return row
}

function readRow({ path, kind, snapshot, failed }: Part): Row {
  const s = facts(snapshot)
  const name = nameOf(path)
  const since = number(s['since'])
  if (failed !== undefined) return { name, state: 'untold', tone: 'bad', says: failed, since: null }
  if (kind === 'system') return { name, state: 'running', tone: 'well', says: '', since }
  if (kind === 'feature') {
    const mode = text(s['mode'])
    return { name, state: mode === 'readonly' ? 'read-only' : mode, tone: toneOf(mode), says: causes(s), since }
  }
  if (kind === 'failover') {
    const sick = list(s['providers'])
      .map(facts)
      .filter(one => !['up', 'unknown'].includes(text(one['state'])))
    const says = sick.map(one => `${text(one['name'])} is ${text(one['state'])}${text(one['says']) && `: ${text(one['says'])}`}`)
    const open = [
      count(s['pending'], 'not decided yet'),
      count(s['unresolved'], 'to be looked at'),
      count(s['twice'], 'done twice'),
    ]
    const state = text(s['state'])
    const tone = toneOf(state) === 'well' && (sick.length > 0 || open.some(Boolean)) ? 'busy' : toneOf(state)
    return { name, state, tone, says: [...says, ...open].filter(Boolean).join('; '), since: null }
  }
  if (kind === 'breaker' || kind === 'guard') {
    const states = cellsOf({ path, kind, snapshot, verbs: [] }).map(cell => cell.state)
    const state = states.find(one => one !== 'closed') ?? states[0] ?? ''
    return { name, state, tone: toneOf(state), says: '', since: null }
  }
  const last = facts(s['last'] ?? s['lastExit'])
  const restarts = number(s['restarts']) ?? 0
  const healed = restarts === 0 ? '' : `restarted ${restarts === 1 ? 'once' : `${restarts} times`}`
  const said = text(last['says']) === '' ? '' : `last: ${text(last['says'])}`
  const state = kind === 'component' && text(last['reason']) === 'normal' && s['state'] === 'stopped' ? 'done' : text(s['state'])
  return {
    name,
    state,
    tone: state === 'done' ? 'off' : toneOf(state),
    says: causes(s) || [healed, said].filter(Boolean).join('; '),
    since,
  }
}

export interface CellFacts {
  readonly key: string
  readonly state: string
  readonly calls: number
  readonly failed: number
  readonly slow: number
  readonly inFlight: number
  readonly trips: number
  readonly backInMs: number | null
}

/** The keys of a breaker, or of the one inside a guard. */
export function cellsOf({ kind, snapshot }: Part): readonly CellFacts[] {
  const s = facts(snapshot)
  const breaker = kind === 'breaker' ? s : facts(s['breaker'])
  return list(breaker['cells'])
    .map(facts)
    .map(cell => ({
      key: text(cell['key']),
      state: text(cell['state']),
      calls: number(cell['calls']) ?? 0,
      failed: number(cell['failed']) ?? 0,
      slow: number(cell['slow']) ?? 0,
      inFlight: number(cell['inFlight']) ?? 0,
      trips: number(cell['trips']) ?? 0,
      backInMs: number(cell['backInMs']),
    }))
}

export interface MachineRow {
  readonly name: string
  readonly state: string
  readonly tone: Tone
  readonly ageMs: number | null
  readonly holds: string
}

/** The answer of a fleet's `machines`, with what its snapshot knows of who holds what; the sick first, at most a hundred. */
export function machinesOf(answer: unknown, snapshot: unknown): readonly MachineRow[] {
  const s = facts(snapshot)
  const held = [
    ...list(s['singletons'])
      .map(facts)
      .map(one => [text(one['node']), text(one['name'])]),
    ...list(s['permits'])
      .map(facts)
      .map(one => [text(one['node']), `permit: ${text(one['what'])}`]),
  ]
  const rows = list(answer)
    .map(facts)
    .map((one): MachineRow => {
      const name = text(one['node'])
      const state = one['lost'] === true ? 'lost' : one['sick'] === true ? 'sick' : 'well'
      const holds = held.flatMap(([node, what]) => (node === name ? [what] : [])).join(', ')
      return {
        name: name === s['node'] ? `${name} (this one)` : name,
        state,
        tone: toneOf(state),
        ageMs: number(one['ageMs']),
        holds,
      }
    })
  return [...rows.filter(row => row.state !== 'well'), ...rows.filter(row => row.state === 'well')].slice(0, 100)
}

export interface EndedDrill {
  readonly drill: string
  readonly of: string
  readonly without: readonly string[]
  readonly verdict: string
  readonly regressed: boolean
  readonly broke: readonly string[]
  readonly at: number
}

/** What runs and what ended since selfheal began, the newest first. */
export function drillsOf(part: Part | undefined) {
  const s = facts(part?.snapshot)
  const words = (one: Facts) => ({ drill: text(one['drill']), of: text(one['of']) })
  const running = list(s['running'])
    .map(facts)
    .map(one => ({ ...words(one), by: text(one['by']), since: number(one['since']) ?? 0 }))
  const last = list(s['last'])
    .map(facts)
    .map(
      (one): EndedDrill => ({
        ...words(one),
        without: list(one['without']).map(text),
        verdict: text(one['verdict']),
        regressed: one['regressed'] === true,
        broke: list(one['broke']).map(text),
        at: number(one['at']) ?? 0,
      }),
    )
  return { running, last }
}

const count = (value: unknown, says: string) => ((number(value) ?? 0) > 0 ? `${number(value)} ${says}` : '')
const causes = (s: Facts) =>
  list(s['causes'])
    .map(facts)
    .map(one => (text(one['by']) === '' ? text(one['says']) : `${text(one['says'])} (set by ${text(one['by'])})`))
    .join('; ')
