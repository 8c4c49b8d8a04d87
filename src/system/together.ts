// All the systems of one process as one to its supervisor: the app's own (several, perhaps, or of two copies of this package) and zero code's
// behind them. Each part is shown once, each event told once; who joins where zero code guards already is told so.
import type { Event, Events, Json, Part, Undo } from '../core/index.ts'
import { type Asked, bridge } from '../program/index.ts'
import { answerAbout, placedUnder } from './told-parts.ts'

interface One {
  readonly path: string
  readonly auto: boolean
  parts(): readonly Part[]
  look(): void
}
interface World {
  readonly ones: One[]
  readonly told: Map<Events, { count: number; readonly undo: Undo }>
  warned: boolean
}
interface Globals {
  [SYSTEMS]?: World
  /** What selfheal/auto does here. */
  readonly [AUTO]?: string
}
const SYSTEMS = Symbol.for('selfheal.systems.1')
const AUTO = Symbol.for('selfheal.auto.1')

const here = globalThis as unknown as Globals

export function join(one: One, events: Events): Undo {
  const world = (here[SYSTEMS] ??= { ones: [], told: new Map(), warned: false })
  world.ones.push(one)
  const supervised = bridge()
  if (supervised !== undefined) {
    tellOnce(world, events, supervised.tell)
    supervised.onAsk(asked => answer(world, asked))
  }
  if (!one.auto && here[AUTO] === 'guarding' && !world.warned) {
    world.warned = true
    const id = events.emit('system.guarded_twice', one.path, {}, { level: 'warn' })
    if (supervised === undefined)
      console.error(
        `selfheal: this app calls selfheal() and runs with selfheal/auto too: what it guards itself is guarded twice. Leave one of them out (${id}).`,
      )
  }
  return () => {
    world.ones.splice(world.ones.indexOf(one), 1)
    const told = world.told.get(events)
    if (told === undefined || --told.count > 0) return
    told.undo()
    world.told.delete(events)
  }
}

function tellOnce({ told }: World, events: Events, tell: (event: Event) => void): void {
  const known = told.get(events)
  if (known === undefined) told.set(events, { count: 1, undo: events.on('*', tell) })
  else known.count++
}

function answer({ ones }: World, asked: Asked): Promise<Json> {
  const look = () => {
    for (const one of ones) one.look()
  }
  return answerAbout(() => allParts(ones), asked, look)
}

/** Has the app made features itself, beside zero code? Then what is refused while it is read-only is its own to say. */
export function hasOwnFeatures(): boolean {
  return (here[SYSTEMS]?.ones ?? []).some(one => !one.auto && one.parts().some(part => part.kind === 'feature'))
}

/** The app's own first. Of two with one path the second is `…#2`. */
export function allParts(ones: readonly One[]): readonly Part[] {
  const all = new Map<string, Part>()
  const policies = new Set<string>()
  for (const one of [...ones].sort((a, b) => Number(a.auto) - Number(b.auto))) {
    const alone = ones.length === 1
    for (const part of one.parts()) {
      const placed = placedUnder(one.path, part)
      // Zero code supervises nothing.
      if (one.auto && !alone && placed.startsWith(`${one.path}/tree`)) continue
      // Every guard of the process is in each system's list.
      const at = placed.indexOf('/policies/')
      if (at >= 0 && policies.has(placed.slice(at))) continue
      if (at >= 0) policies.add(placed.slice(at))
      // The app's own features are those that operators mean.
      if (one.auto && all.has(placed) && (part.kind === 'feature' || part.kind === 'modes')) continue
      let path = placed
      for (let n = 2; all.has(path); n++) path = `${placed}#${n}`
      all.set(path, path === part.path ? part : { ...part, path })
    }
  }
  return [...all.values()]
}
