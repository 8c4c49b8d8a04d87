// Who needs whom among siblings: the order of start, and who goes down with whom. Pure: names in, names out.
//
//   pool ◄── mailer ◄── digest      start: pool, mailer, digest; stop: the other way round
//                                   mailer falls: digest is stopped with it, both come back in order; pool keeps its life
import type { Strategy } from './spec.ts'

export interface Needing {
  readonly id: string
  readonly needs: readonly string[]
}

/** Each after what it needs, else as they are written. A circle is named instead: a, b, a. Needs that are not listed count for nothing. */
export function byNeeds<T extends Needing>(
  all: readonly T[],
): { readonly order: readonly T[] } | { readonly circle: readonly string[] } {
  const byId = new Map(all.map(one => [one.id, one]))
  const placed = new Set<T>()
  const place = (one: T, trail: readonly string[]): readonly string[] | undefined => {
    if (placed.has(one)) return undefined
    if (trail.includes(one.id)) return [...trail.slice(trail.indexOf(one.id)), one.id]
    for (const id of one.needs) {
      const need = byId.get(id)
      const circle = need === undefined ? undefined : place(need, [...trail, one.id])
      if (circle !== undefined) return circle
    }
    placed.add(one)
    return undefined
  }
  for (const one of all) {
    const circle = place(one, [])
    if (circle !== undefined) return { circle }
  }
  return { order: [...placed] }
}

/** Those, and whoever needs one of them, at any distance. `all` in the order of start. */
export function withDependents(all: Iterable<Needing>, ids: Iterable<string>): Set<string> {
  const down = new Set(ids)
  // In the order of start needs come first: one pass is enough.
  for (const { id, needs } of all) if (needs.some(need => down.has(need))) down.add(id)
  return down
}

/** Who is restarted when these fall. `all` in the order of start. */
export function felledWith(strategy: Strategy, all: readonly Needing[], fallen: readonly string[]): Set<string> {
  if (strategy === 'one_for_all') return new Set(all.map(({ id }) => id))
  const first = all.findIndex(({ id }) => fallen.includes(id))
  return withDependents(all, strategy === 'rest_for_one' ? all.slice(first).map(({ id }) => id) : fallen)
}
