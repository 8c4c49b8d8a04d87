// Poison routes: those whose handler threw in one life after the other. A new life does not help there, and the next one would only bring the
// program nearer to its crash loop, and with it every other route. So a life is told of them: what throws there gets its 500, and the life stays.
import type { Clock } from '../core/index.ts'

export interface PoisonRoutes {
  /** A life retired for an error of this route. */
  threw(route: string): void
  /** Those that took as many lives, of late. */
  list(): readonly string[]
}

const WITHIN_MS = 60_000
const MOST_ROUTES = 100

/** `lives`: so many are spent on a route; one fewer than the restarts that make a crash loop. */
export function poisonRoutes(lives: () => number, clock: Clock): PoisonRoutes {
  const threw = new Map<string, number[]>()
  const recent = (times: readonly number[]) => times.filter(at => clock.now() - at < WITHIN_MS)
  return Object.freeze({
    threw(route: string) {
      threw.set(route, [...recent(threw.get(route) ?? []), clock.now()])
      if (threw.size > MOST_ROUTES) threw.delete(threw.keys().next().value!)
    },
    list: () => [...threw].filter(([, times]) => recent(times).length >= Math.max(1, lives())).map(([route]) => route),
  })
}
