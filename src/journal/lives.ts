// What has to be known of lives to tell the truth of one trouble: which generation of a program is ready, which program's port is held, which
// process told an event, and what ends with a process. Of one pass over the entries, oldest first.
import type { EventId } from '../core/index.ts'
import type { Entry } from './entry.ts'
import { facts } from './facts.ts'

/** `held` before it began, or `none` was in all of this run; undefined: the entries don't reach back to where it would be told. */
export type PortOf = 'held' | 'none' | undefined

export interface Lives {
  note(entry: Entry): void
  /** A later life is ready already: that this one ends is trouble to nobody. */
  isPast(entry: Entry): boolean
  /** An earlier life serves still: that this one does not come is trouble to nobody. */
  isEarly(entry: Entry): boolean
  /** Some life of it was ready in this run. */
  wasReady(entry: Entry): boolean
  portAt(entry: Entry): PortOf
}

export function lives(): Lives {
  const ready = new Map<string, number>()
  /** As `ready`, of those that have not ended nor stand still. */
  const serving = new Map<string, number>()
  const held = new Set<string>()
  /** Runs that are known from their start. */
  const whole = new Set<string>()
  const keyOf = ({ id, source }: Entry) => `${bootOf(id)} ${source}`
  return {
    note(entry) {
      const { name, id, data } = entry
      if (name === 'system.started') whole.add(bootOf(id))
      if (name === 'program.port_held') held.add(keyOf(entry))
      // Counted anew: a program that was taken out and put in again.
      if (name === 'program.started' && (facts(data).number('generation') ?? 0) <= (ready.get(keyOf(entry)) ?? 0))
        ready.delete(keyOf(entry))
      const generation = facts(data).number('generation') ?? 0
      if (ENDS.has(name) && generation === serving.get(keyOf(entry))) serving.delete(keyOf(entry))
      if (!READY.has(name) || facts(data).all['meanwhile'] === true) return
      ready.set(keyOf(entry), generation)
      serving.set(keyOf(entry), generation)
    },
    isPast(entry) {
      const generation = facts(entry.data).number('generation')
      return generation !== undefined && generation < (ready.get(keyOf(entry)) ?? 0)
    },
    isEarly(entry) {
      const generation = facts(entry.data).number('generation')
      const serves = serving.get(keyOf(entry))
      return generation !== undefined && serves !== undefined && generation > serves
    },
    wasReady: entry => ready.has(keyOf(entry)),
    portAt: entry => (held.has(keyOf(entry)) ? 'held' : whole.has(bootOf(entry.id)) ? 'none' : undefined),
  }
}

const ENDS: ReadonlySet<string> = new Set(['program.exited', 'program.hung', 'supervisor.child_exited'])
const READY: ReadonlySet<string> = new Set(['program.ready', 'supervisor.child_started', 'supervisor.child_replaced'])

/** The process that told it: an id is `${boot}.${n}`. */
export const bootOf = (id: EventId) => id.slice(0, id.lastIndexOf('.'))

/** Kept on disk: a new process goes on with them. */
const OUTLIVES = /^(intent|spool):/

/** A run of the supervisor is over with this entry: what it and its programs had open can't be told of again. */
export const endsRun = ({ name }: Entry) => name === 'system.started' || name === 'system.stopping' || name === 'system.stopped'

/** Does what began with `began` end with `ending`: the run it is of, or the process that told it? */
export function endsWith(key: string, began: Entry, ending: Entry): 'run' | 'life' | undefined {
  if (OUTLIVES.test(key)) return undefined
  const inside = began.source.startsWith(`${ending.source}/`)
  if (endsRun(ending)) return inside || began.source === ending.source ? 'run' : undefined
  const pid = ending.name === 'program.exited' ? facts(ending.data).number('pid') : undefined
  if (pid === undefined || !inside) return undefined
  // A boot ends with the pid, and with the thread where it is not the main one.
  const boot = bootOf(began.id).replace(/t[0-9a-z]{1,2}$/, '')
  return [boot, bootOf(began.id)].some(one => one.endsWith(pid.toString(36))) ? 'life' : undefined
}
