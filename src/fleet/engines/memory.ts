// The engine of one process: for tests, for proofs, and for programs of one machine that want singletons and permits all the same.
import { type Clock, type Json, systemClock } from '../../core/index.ts'
import type { Beat, Engine, NodeRow, Seen, Stored, Written } from '../engine.ts'

interface Node extends Pick<Beat, 'info' | 'sick' | 'hints'> {
  readonly at: number
  readonly until: number
  readonly forgotten: number
}
interface Fleet {
  readonly nodes: Map<string, Node>
  readonly documents: Map<string, Stored>
}

/** Everybody who is to be in the fleet must be given the same one. */
export function memory({ clock = systemClock }: { readonly clock?: Clock } = {}): Engine {
  const fleets = new Map<string, Fleet>()
  const fleetOf = (name: string) => {
    const fleet = fleets.get(name) ?? { nodes: new Map(), documents: new Map() }
    fleets.set(name, fleet)
    return fleet
  }
  return Object.freeze({
    kind: 'memory',
    async beat({ fleet: name, node, info, sick, hints, ttlMs, forgetMs, known }: Beat): Promise<Seen> {
      const { nodes, documents } = fleetOf(name)
      const now = clock.now()
      nodes.set(node, { info, sick, hints, at: now, until: now + ttlMs, forgotten: now + ttlMs + forgetMs })
      const counts = { alive: 0, sick: 0, lost: 0 }
      const told: Record<string, number> = {}
      for (const [id, one] of nodes) {
        if (one.forgotten <= now) nodes.delete(id)
        else if (one.until <= now) counts.lost++
        else {
          counts.alive++
          if (one.sick) counts.sick++
          for (const hint of one.hints) told[hint] = (told[hint] ?? 0) + 1
        }
      }
      const changed = [...documents].filter(([key, { version }]) => known[key] !== version)
      return { now, nodes: counts, hints: told, changed: Object.fromEntries(changed) }
    },
    async write(name: string, key: string, value: Json, version: number): Promise<Written> {
      const { documents } = fleetOf(name)
      const stored = documents.get(key) ?? { version: 0, value: null }
      if (stored.version !== version) return { done: false, now: clock.now(), stored }
      const next = Object.freeze({ version: version + 1, value: structuredClone(value) })
      documents.set(key, next)
      return { done: true, now: clock.now(), stored: next }
    },
    async nodes(name: string): Promise<readonly NodeRow[]> {
      const now = clock.now()
      return [...fleetOf(name).nodes]
        .filter(([, one]) => one.forgotten > now)
        .map(([node, { info, sick, at, until }]) => ({ node, info, sick, ageMs: now - at, lost: until <= now }))
    },
    async leave(name: string, node: string) {
      fleetOf(name).nodes.delete(node)
    },
  })
}
