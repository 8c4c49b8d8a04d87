// The programs of one run: their settings, which a reload may change, their held ports, and their places. A place is where lives come and
// go, one for each instance; it is known by the program's name, or where there are several by name#1, name#2 …
import { resolve } from 'node:path'
import { controlAddress, type ProgramConfig } from '../control/index.ts'
import { type Events, systemClock, withoutPatterns } from '../core/index.ts'
import type { InheritedPorts } from '../program/index.ts'
import {
  holdPorts,
  lifeAs,
  type Ports,
  type PortsChange,
  type Program,
  parseAddress,
  program,
  sharedStandby,
  staleRoutes,
  standby,
} from '../program/index.ts'
import type { Component, Spec } from '../supervisor/index.ts'
import type { Logs } from './logs.ts'
import { byNeeds } from './needs.ts'
import { GRACE } from './stop-levels.ts'

export type Settings = ProgramConfig & { readonly argv?: readonly string[] }
export type Programs = Readonly<Record<string, Settings>>
export interface Place {
  readonly id: string
  readonly of: string
  readonly component: Program
}
/** What a change came to, until it is decided on. */
export interface RosterChange {
  readonly added: readonly Place[]
  readonly removed: readonly Place[]
  keep(): void
  undo(): void
}
export interface Roster {
  /** Programs, each after what it needs. */
  order(): readonly string[]
  has(of: string): boolean
  settings(of: string): Settings
  ports(of: string): Ports
  places(of?: string): readonly Place[]
  specs(): readonly Spec[]
  /** What answers in the place's stead while it crash-loops. */
  meanwhile(place: string): Component | undefined
  /** Stopped by hand: nobody but a hand starts it. */
  hold(of: string, down: boolean): void
  /** What answers while the program is stopped. */
  standIn(of: string): Component
  /** Settings of these programs, or of all, from here on. Rejects when they can't be had; then nothing is changed. */
  change(next: Programs, only?: readonly string[]): Promise<RosterChange>
  /** Ends what no life has, and lets the ports go. */
  release(): Promise<void>
}
export interface RosterOptions {
  readonly name: string
  readonly folder: string
  readonly cwd: string
  readonly programs: Programs
  readonly events: Events
  readonly logs: Logs
  readonly inherited: InheritedPorts
  readonly guards?: Readonly<Record<string, object>>
  /** Lives a minute that may be spent on errors of one route. */
  readonly throws?: number
}

interface Entry {
  settings: Settings
  readonly ports: Ports
  readonly made: Place[]
  readonly standIn: Component
  readonly meanwhile: (place: string) => Component
}

export async function roster(options: RosterOptions): Promise<Roster> {
  const { name, folder, cwd, events, logs, inherited } = options
  let entries = new Map<string, Entry>()
  let order: readonly string[] = []
  const down = new Set<string>()

  const enter = async (of: string, settings: Settings, takeRest: boolean): Promise<Entry> => {
    const asked = settings.ports
    const ports = await holdPorts((asked ?? []).map(parseAddress), `${name}/${of}`, events, {
      inherited,
      takeRest: takeRest && asked === undefined,
      handUp: asked === undefined,
    })
    const output = logs.sink(of)
    const real: Component = {
      kind: 'program',
      start: life => standby({ ports, events, output, ...standInOf(of, entries.get(of)?.settings ?? settings) }).start(life),
    }
    const standIn: Component = {
      kind: 'program',
      start: life => real.start(lifeAs(life, { path: `${name}/${of}/meanwhile` })),
    }
    return { settings, ports, made: [], standIn, meanwhile: sharedStandby(real, () => countOf(of)) }
  }
  const standInOf = (of: string, { standby: serve, cwd: own = '.' }: Settings) => ({
    cwd: resolve(cwd, own),
    ...(serve === undefined ? {} : staleRoutes(serve) === undefined ? { serve } : { stale: staleFolder(of) }),
  })
  const recordsStale = (of: string, { standby: serve }: Settings) => {
    const routes = staleRoutes(serve)
    return routes === undefined ? {} : { SELFHEAL_STALE: JSON.stringify({ folder: staleFolder(of), routes }) }
  }
  const staleFolder = (of: string) => `${folder}/stale/${of}`
  const countOf = (of: string) => entries.get(of)?.settings.instances ?? 1
  const of = (id: string) => {
    const entry = entries.get(id)
    if (entry === undefined) throw new Error(`no program ${id}`)
    return entry
  }
  const placesOf = (id: string): readonly Place[] => {
    const { made, settings } = of(id)
    const count = settings.instances ?? 1
    const ids = count === 1 ? [id] : Array.from({ length: count }, (_, i) => `${id}#${i + 1}`)
    return ids.map(placeId => {
      const known = made.find(place => place.id === placeId)
      if (known !== undefined) return known
      const place = { id: placeId, of: id, component: program(() => optionsOf(id, placeId)) }
      made.push(place)
      return place
    })
  }
  const optionsOf = (id: string, placeId: string) => {
    const { settings, ports } = of(id)
    const { argv, run, env, ready, drain, hang, spare, memory, startWithin } = settings
    return {
      command: argv ?? run,
      ports,
      cwd: resolve(cwd, settings.cwd ?? '.'),
      events,
      folder,
      output: logs.sink(id),
      mark: (generation: number) => `${placeId}.${generation} | `,
      clock: systemClock,
      // Where a program of any language asks for modes and breakers: docs/run.md.
      env: {
        SELFHEAL_CONTROL: controlAddress(folder),
        ...(options.guards === undefined ? {} : { SELFHEAL_GUARDS: JSON.stringify(options.guards) }),
        ...recordsStale(id, settings),
        ...env,
      },
      ...(ready === undefined ? {} : { ready }),
      ...(startWithin === undefined ? {} : { startWithin }),
      ...(drain === undefined ? {} : { drain }),
      ...(hang === undefined ? {} : { hang }),
      ...(spare === undefined ? {} : { spare }),
      ...(memory === undefined ? {} : { memory }),
      ...(options.throws === undefined ? {} : { throws: options.throws }),
    }
  }
  const places = (id?: string) => (id === undefined ? order.flatMap(placesOf) : placesOf(id))
  const programOf = (place: string) => place.split('#')[0]!

  const change = async (wanted: Programs, only?: readonly string[]): Promise<RosterChange> => {
    const current: Programs = Object.fromEntries([...entries].map(([id, { settings }]) => [id, settings]))
    const next =
      only === undefined ? wanted : { ...current, ...Object.fromEntries(only.map(id => [id, wanted[id] ?? current[id]!])) }
    const nextOrder = byNeeds(next)
    const before = { entries, order, places: places() }
    const changes: PortsChange[] = []
    const entered: Entry[] = []
    const after = new Map<string, Entry>()
    const undo = () => {
      for (const one of changes) one.undo()
      for (const one of entered) one.ports.close()
      ;({ entries, order } = before)
    }
    try {
      for (const id of nextOrder) {
        const known = entries.get(id)
        if (known === undefined) {
          const entry = await enter(id, next[id]!, false)
          entered.push(entry)
          after.set(id, entry)
          continue
        }
        // What was handed up stays as it is.
        const named = next[id]!.ports
        if (named !== undefined && String(named) !== String(known.settings.ports))
          changes.push(await known.ports.change(named.map(parseAddress)))
        after.set(id, { ...known, settings: next[id]! })
      }
    } catch (error) {
      undo()
      throw error
    }
    entries = after
    order = nextOrder
    const now = places()
    return {
      added: now.filter(place => !before.places.includes(place)),
      removed: before.places.filter(place => !now.includes(place)),
      keep() {
        for (const one of changes) one.keep()
        for (const [id, entry] of before.entries)
          if (!entries.has(id)) {
            entry.ports.close()
            down.delete(id)
          }
      },
      undo,
    }
  }

  const release = async () => {
    await Promise.all([...entries.values()].flatMap(({ made }) => made.map(place => place.component.release())))
    for (const { ports } of entries.values()) ports.close()
  }
  try {
    order = byNeeds(options.programs)
    for (const id of order) entries.set(id, await enter(id, options.programs[id]!, order.length === 1))
  } catch (error) {
    await release()
    throw error
  }
  return Object.freeze({
    order: () => order,
    has: (id: string) => entries.has(id),
    settings: (id: string) => of(id).settings,
    ports: (id: string) => of(id).ports,
    places,
    specs: () => places().map(place => specOf(place, of(place.of).settings, () => down.has(place.of))),
    hold: (id: string, isDown: boolean) => void (isDown ? down.add(id) : down.delete(id)),
    meanwhile: (place: string) => entries.get(programOf(place))?.meanwhile(place),
    standIn: (id: string) => of(id).standIn,
    change,
    release,
  })
}

function specOf({ id, component }: Place, { restart, grace, startWithin }: Settings, isDown: () => boolean): Spec {
  // In the control arm of a drill nobody is started again.
  const kept = withoutPatterns().has('supervision') ? 'temporary' : (restart ?? 'permanent')
  const unlessDown: Component = {
    kind: 'program',
    get overlap() {
      return component.overlap === true
    },
    start: async life => (isDown() ? 'ignore' : component.start(life)),
  }
  return { id, component: unlessDown, restart: kept, shutdown: grace ?? GRACE, startWithin: startWithin ?? '30s' }
}
