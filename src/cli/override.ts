// Setting a mode by hand, for `selfheal mode` and `selfheal feature`: uses the supervisor's own part, so that it works while the app is
// down, and checks the name against the features that the app tells.

import type { ShownPart } from '../control/index.ts'
import { durationMs, formatMs, type Json } from '../core/index.ts'
import { usage } from './failure.ts'
import { type PlaceOptions, runningHere } from './place.ts'

export interface OverrideOptions extends PlaceOptions {
  readonly json?: boolean
  readonly for?: string
  readonly why: string
}
export interface FeatureFacts {
  readonly mode: string
  readonly since: number
  readonly causes: readonly { readonly says: string; readonly by?: string; readonly until?: number }[]
  readonly backAt?: number
}
export interface ShownRow extends FeatureFacts {
  readonly name: string
}

const MODES = ['on', 'readonly', 'off']

export async function setMode(feature: string, mode: string, options: OverrideOptions): Promise<Json> {
  if (!MODES.includes(mode)) throw usage(`There is no mode ${mode}.`, `There are: ${MODES.join(', ')}.`)
  const forMs = options.for === undefined ? undefined : durationMs(options.for)
  if (options.for !== undefined && (forMs === undefined || forMs === 0))
    throw usage(`--for ${options.for} is no time.`, 'Write it like 30m, 2h or 1d.')
  const { client, parts } = await runningHere(options)
  const part = parts.find(one => one.kind === 'overrides')
  if (part === undefined) throw usage('The selfheal that runs here knows no features.', 'Start it anew: it may be an older one.')
  const names = parts.filter(one => one.kind === 'feature').map(one => one.path.split('/').at(-1)!)
  // With the app down nobody knows its features: then the name is taken as it is.
  if (names.length > 0 && !names.includes(feature))
    throw usage(`There is no feature ${feature}.`, `There are: ${names.filter(name => name !== 'app').join(', ') || 'none'}.`)
  if (mode !== 'on' && names.length === 0) mustBeTaken(parts)
  const until = forMs === undefined ? {} : { until: Date.now() + forMs }
  const by = process.env['USER'] ?? process.env['LOGNAME'] ?? 'cli'
  return client.act(part.path, 'set', { feature, mode }, { by, why: options.why, ...until })
}

/** Where all that runs is Node's and tells of no features, nobody would take it. A program in another language reads what is set by itself. */
function mustBeTaken(parts: readonly ShownPart[]): void {
  if (parts.some(({ kind }) => kind === 'silent' || kind === 'fleet')) return
  const running = parts.flatMap(({ kind, snapshot }) => {
    const { id, state, node } = (snapshot ?? {}) as { id?: string; state?: string; node?: boolean | null }
    return kind === 'program' && state === 'ready' ? [{ id, node }] : []
  })
  if (running.length === 0 || running.some(({ node }) => node !== true)) return
  throw usage(
    `Nothing was set: no process here takes a mode (${running.map(({ id }) => id).join(', ')} has no features), so all would go on as it is.`,
    'Start it with selfheal run --auto, which refuses what writes while the app is read-only, or give the app features: docs/feature.md.',
  )
}

export async function featuresHere(options: PlaceOptions): Promise<readonly ShownRow[]> {
  return featureRows((await runningHere(options)).parts)
}

export function featureRows(parts: readonly ShownPart[]): readonly ShownRow[] {
  return parts
    .filter(part => part.kind === 'feature')
    .map(part => ({ name: part.path.split('/').at(-1)!, ...(part.snapshot as unknown as FeatureFacts) }))
}

interface Set {
  readonly feature: string
  readonly mode: string
  readonly why: string
  readonly until?: number
  /** Of a fleet: which machines. */
  readonly on?: string
  readonly programs?: { readonly taken: number; readonly of: number }
}

export function sayOverride(data: Json): string {
  const { feature, mode, why, until, on, programs } = data as unknown as Set
  const what = `${feature === 'app' ? 'The whole app' : feature}${on === undefined ? '' : `, on ${on},`}`
  const late =
    programs === undefined || programs.taken === programs.of
      ? ''
      : `\n${programs.taken} of ${programs.of} processes have taken it so far; the others do as soon as they answer again: selfheal status`
  const untaken =
    programs?.of === 0
      ? '\nNo Node process runs that could take it: those that start do, and a program in another language must read it.'
      : ''
  if (mode === 'on') return `${what} is what its needs allow again.${late}`
  const ends = until === undefined ? 'until an operator ends it' : `for ${formatMs(until - Date.now())}`
  return `${what} is ${mode === 'readonly' ? 'read-only' : 'off'} ${ends}: ${why}${late}${untaken}`
}

/** "sell  read-only  since 12 s  the database …; back in 3 s" */
export function featureLine({ name, mode, since, causes, backAt }: ShownRow): string[] {
  const why = mode === 'on' ? '' : whyNot(causes, backAt)
  return [name, mode === 'readonly' ? 'read-only' : mode, `for ${formatMs(Date.now() - since)}`, why]
}

/** "the database …; back in 3 s at the earliest": after the looks that must find it well. Only an operator's own time is sure. */
export function whyNot(causes: FeatureFacts['causes'], backAt: number | undefined): string {
  const why = causes.map(({ says, by }) => (by === undefined ? says : `${says} (set by ${by})`)).join('; ')
  const sure = causes.length > 0 && causes.every(one => one.until !== undefined)
  return backAt === undefined || backAt <= Date.now()
    ? why
    : `${why}; back in ${formatMs(backAt - Date.now())}${sure ? '' : ' at the earliest'}`
}
