// heal.fleet(): this process as one of several. Its parts are what forces are done to, its breakers and dependencies give hints, its
// failovers follow one decision, and its singletons stand under the app's tree.
//
//   failover.switched here ─► decided, if nobody has since ─► on the others: forced for a minute; from there each goes by what it finds
import { type Events, type Json, type Part, systemClock, type Undo, type Who } from '../core/index.ts'
import { type Fleet, type FleetOptions, fleet, type Only } from '../fleet/index.ts'
import type { Child, Spec } from '../supervisor/index.ts'
import type { AppTree } from './app-tree.ts'
import { doForces } from './fleet-forces.ts'

/** `name`: machines of one name are one fleet. Default: the app's own. */
export type AppFleetOptions = Omit<FleetOptions, 'path' | 'clock' | 'events' | 'file' | 'hints'>

export interface AppFleet extends Omit<Fleet, 'only' | 'start'> {
  /** Runs it on one machine of the fleet at a time, under the app's tree. */
  only(name: string, what: Only, options?: Partial<Spec<undefined>>): Promise<Child<undefined>>
}

export interface AppFleetFacts {
  readonly path: string
  readonly events: Events
  /** Undefined: forces are not kept over restarts. */
  readonly folder: string | undefined
  readonly tree: AppTree
  parts(): readonly Part[]
}

/** A decision is followed so long; no other is made meanwhile. */
const STAY_MS = 60_000
const FAILOVER = 'failover/'
const THE_FLEET = 'the fleet'

interface FailoverShown {
  readonly active?: string
  readonly providers?: readonly { readonly order?: { readonly kind: string; readonly by: string } | null }[]
}

export function appFleet(options: AppFleetOptions, { path, events, folder, tree, parts }: AppFleetFacts): AppFleet {
  const under = (part: Part) => (part.path.startsWith(`${path}/`) ? part.path.slice(path.length + 1) : part.path)
  const hints = () =>
    parts().flatMap(part => {
      const { state, cells } = (part.snapshot() ?? {}) as { state?: string; cells?: readonly { state: string }[] }
      const broken = part.kind === 'dependency' ? state === 'down' : cells?.some(cell => cell.state === 'open')
      return broken ? [under(part)] : []
    })
  const { start, only, ...made } = fleet({
    sick: () => parts().some(part => part.kind === 'dependency' && (part.snapshot() as { state?: string }).state === 'down'),
    name: path,
    ...options,
    path: `${path}/fleet`,
    events,
    hints,
    ...(folder === undefined ? {} : { file: `${folder}/forces-${path.replaceAll('/', '-')}.json` }),
  })
  const use = async (target: string, verb: string, args: Json, who: Who) => {
    const found = parts().filter(
      part => (part.path === target || part.path.endsWith(`/${target}`)) && part.verbs?.[verb] !== undefined,
    )
    await Promise.all(found.map(part => part.verbs![verb]!(args, who)))
  }

  // ── One decision on each failover
  const followed = new Map<string, number>()
  const mayDecide = (name: string) => systemClock.now() - (followed.get(name) ?? Number.NEGATIVE_INFINITY) > STAY_MS
  const undo: Undo[] = [
    events.on('failover.switched', ({ source, data }) => {
      const { to, why } = data as { to: string; why: string }
      const name = `${FAILOVER}${source.split('/').at(-1)}`
      if (to === 'none' || made.blind() || !mayDecide(name) || made.decision(name).choice === to) return
      made.decide(name, to, { by: made.node, why }).catch(() => {})
    }),
    made.onDecision((name, { choice, by, why }) => {
      if (!name.startsWith(FAILOVER)) return
      followed.set(name, systemClock.now())
      const part = parts().find(one => one.kind === 'failover' && one.path.endsWith(`/${name}`))
      const { active, providers = [] } = (part?.snapshot() ?? {}) as FailoverShown
      // What an operator has forced ends at its own time.
      const forced = providers.some(({ order }) => order?.kind === 'force' && !order.by.startsWith(THE_FLEET))
      if (by === made.node || part === undefined || active === choice || forced) return
      const who = { by: `${THE_FLEET} (${by})`, why, until: systemClock.wall() + STAY_MS }
      part.verbs?.['force']?.({ provider: choice }, who).catch(() => {})
    }),
    made.onHint((hint, on) => {
      const who = { by: THE_FLEET, why: 'half of the machines find it broken' }
      void use(hint, on ? 'wary' : 'at-ease', null, who).catch(() => {})
      if (on) void use(hint, 'probe', null, who).catch(() => {})
    }),
    doForces({ fleet: { ...made, start, only }, events, use }),
  ]
  start()
  const leave = async () => {
    for (const one of undo.splice(0)) one()
    await made.leave()
  }
  return Object.freeze({
    ...made,
    leave,
    [Symbol.asyncDispose]: leave,
    only: (name: string, what: Only, spec?: Partial<Spec<undefined>>) => tree.supervise(name, only(name, what), spec),
  })
}
