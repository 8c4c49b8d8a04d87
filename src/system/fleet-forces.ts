// What an operator has set for all machines, done on this one: a feature's mode goes to the overrides, the rest to the part it names, in
// every program that has it; again for each new life. And undone when it is ended.
import type { Events, Undo } from '../core/index.ts'
import type { Fleet, Force } from '../fleet/index.ts'

const FEATURES = 'features/'
/** What takes each verb back. */
const UNDO: Readonly<Record<string, string>> = {
  isolate: 'reset',
  force: 'release',
  drain: 'release',
  'take-out': 'release',
  off: 'on',
  readonly: 'on',
}
/** By whom, where the fleet acts. */
const by = (force: Force) => ({
  by: force.by,
  why: `${force.why} (on all machines)`,
  ...(force.until === undefined ? {} : { until: force.until }),
})

export interface Doing {
  readonly fleet: Fleet
  readonly events: Events
  /** A feature's mode; undefined: this machine has no features of its own. */
  readonly mode?: ((feature: string, mode: 'on' | 'readonly' | 'off', who: ReturnType<typeof by>) => void) | undefined
  /** Uses a verb of every part whose path ends so. */
  readonly use: (target: string, verb: string, args: Force['args'], who: ReturnType<typeof by>) => Promise<unknown>
  /** Something that has parts is new: what holds is done there too. */
  readonly renewed?: (fn: () => void) => Undo
}

export function doForces({ fleet, events, mode, use, renewed }: Doing): Undo {
  const done = new Map<string, Force>()
  const act = (target: string, verb: string, args: Force['args'], who: ReturnType<typeof by>) => {
    if (mode !== undefined && target.startsWith(FEATURES)) {
      mode(target.slice(FEATURES.length), verb as 'on', who)
      return
    }
    use(target, verb, args, who).catch((error: unknown) => {
      const message = error instanceof Error ? error.message : String(error)
      events.emit('fleet.force_failed', fleet.path, { target, verb, message }, { level: 'warn' })
    })
  }
  const undo = [
    fleet.forces.watch((target, force) => {
      const before = done.get(target)
      if (force === undefined) {
        done.delete(target)
        const back = before === undefined ? undefined : UNDO[before.verb]
        if (before !== undefined && back !== undefined)
          act(target, back, before.args, { by: before.by, why: 'ended on all machines' })
        return
      }
      done.set(target, force)
      act(target, force.verb, force.args, by(force))
    }),
    renewed?.(() => {
      for (const [target, force] of Object.entries(fleet.forces.all()))
        if (mode === undefined || !target.startsWith(FEATURES)) act(target, force.verb, force.args, by(force))
    }),
  ]
  return () => {
    for (const one of undo) one?.()
  }
}
