// Forces: what an operator has set for all machines. In the engine, in memory and on this machine's disk; the disk's are told at once at a
// start, so that a machine that comes up without the engine comes up with them. Nothing but an operator, or its end, takes one away.
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs'
import type { Json, Undo, Who } from '../core/index.ts'
import type { Beats } from './beats.ts'
import { blindError } from './errors.ts'
import './events.ts'
import type { Settings } from './options.ts'
import { type Force, type Forces, forcesOf, withForce } from './rule.ts'

export interface ForcesOfNode {
  all(): Readonly<Record<string, Force>>
  /** For all machines, within two beats. Rejects while the engine is silent: set it by hand on each. */
  set(target: string, verb: string, args: Json, who: Who): Promise<Force>
  end(target: string): Promise<void>
  /** Told what holds already, and every change: `undefined` when one was ended. */
  watch(fn: (target: string, force: Force | undefined) => void): Undo
}

const KEY = 'forces'

export function forces(s: Settings, beats: Beats): ForcesOfNode {
  const { clock, events, path, file } = s
  const watchers = new Set<(target: string, force: Force | undefined) => void>()
  let known: Forces = file === undefined ? {} : read(file)

  const tell = (fn: (target: string, force: Force | undefined) => void, target: string, force: Force | null | undefined) => {
    try {
      fn(target, force ?? undefined)
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error)
      events.emit('fleet.force_failed', path, { target, verb: force?.verb ?? 'end', message }, { level: 'warn' })
    }
  }
  const look = () => {
    const now = forcesOf(beats.document(KEY))
    // An engine that has lost its data knows of none: what this machine has stays until someone says otherwise.
    const next: Forces = { ...known, ...now }
    const changed = Object.keys(next).filter(target => JSON.stringify(next[target]) !== JSON.stringify(known[target]))
    if (changed.length === 0) return
    const before = known
    known = next
    if (file !== undefined) write(file, next)
    for (const target of changed) {
      const force = next[target]
      if (force) {
        const { verb, by, why, until } = force
        events.emit('fleet.forced', path, { target, verb, by, why, ...(until === undefined ? {} : { until }) }, { level: 'warn' })
      } else if (before[target]) events.emit('fleet.force_ended', path, { target })
      for (const fn of [...watchers]) tell(fn, target, force)
    }
  }
  const change = async (target: string, force: Force | null) => {
    await beats.first()
    if (beats.blind()) throw blindError(`Setting ${target} for all machines`)
    await beats.change(KEY, value => withForce(forcesOf(value), target, force) as unknown as Json)
    look()
  }
  const over = (force: Force) => force.until !== undefined && force.until <= clock.wall()
  const all = () =>
    Object.fromEntries(Object.entries(known).filter((entry): entry is [string, Force] => entry[1] !== null && !over(entry[1])))

  beats.hook(look)
  return Object.freeze({
    all,
    async set(target: string, verb: string, args: Json, { by, why, until }: Who) {
      const force: Force = { target, verb, args, by, why, since: clock.wall(), ...(until === undefined ? {} : { until }) }
      await change(target, force)
      return force
    },
    end: (target: string) => change(target, null),
    watch(fn: (target: string, force: Force | undefined) => void): Undo {
      const own = (target: string, force: Force | undefined) => fn(target, force)
      watchers.add(own)
      for (const [target, force] of Object.entries(all())) tell(own, target, force)
      return () => void watchers.delete(own)
    },
  })
}

function read(file: string): Forces {
  try {
    const { v, forces: found } = JSON.parse(readFileSync(file, 'utf8')) as { v?: unknown; forces?: Forces }
    return v === 1 && typeof found === 'object' ? (found ?? {}) : {}
  } catch {
    return {}
  }
}

/** Whole or not at all. A disk that is full takes nothing from what is known. */
function write(file: string, forces: Forces): void {
  try {
    const next = `${file}.${process.pid}.next`
    const fd = openSync(next, 'w', 0o600)
    try {
      writeSync(fd, `${JSON.stringify({ v: 1, forces }, undefined, 2)}\n`)
      fsyncSync(fd)
    } finally {
      closeSync(fd)
    }
    renameSync(next, file)
  } catch {
    // The engine and this process still have them.
  }
}
