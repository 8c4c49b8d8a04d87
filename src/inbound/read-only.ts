// What a request meets before its handler while the app, or the feature it belongs to, is read-only or off: writes are refused with a
// problem that says why and when to come again, and the handler never runs. Decides only: node.ts, fastify.ts, … carry it out. A GET that
// writes is not seen here: the guard at the database catches it.
import { type Clock, ConfigError, type Fault, type Need, type ShownCause, type ShownFeature, systemClock } from '../core/index.ts'
import { compilePath, type PathMatch } from './path.ts'
import { type Problem, problemOf } from './problem.ts'

/** A need that may know what visitors may be told (a feature does). */
export type ShownNeed = Need & { shown?(): ShownFeature }

export interface ReadOnlyOptions {
  /** The whole app: `heal.modes.app`, or any need. Default: nothing but the routes'. */
  readonly need?: ShownNeed
  /**
   * Which feature a route is: `{ 'POST /api/listings/:id/buy': buy }`. `:name` is one part of the path, a last `*` any rest; without a
   * method every method. Reads of a feature that is off are refused too.
   */
  readonly routes?: Readonly<Record<string, ShownNeed>>
  /** Writes that are let through: `'POST /login'`, `'/webhooks/*'`. Health and modes are only read, and need no place here. */
  readonly allow?: readonly string[]
  readonly clock?: Clock
  /** Chance in [0, 1). */
  readonly random?: () => number
}

export interface Refused {
  readonly status: 503
  readonly headers: Readonly<Record<string, string>>
  readonly problem: Problem
}

export interface ReadOnly {
  /** What to answer instead of the handler, or undefined: go on. `url` may have a query. */
  refuse(method: string, url: string): Refused | undefined
}

const SAFE = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE'])

/** Throws ConfigError. */
export function readOnly(options: ReadOnlyOptions): ReadOnly {
  const { need, clock = systemClock, random = Math.random } = options
  const faults: Fault[] = []
  const compile = (at: string, text: string): PathMatch => {
    const match = compilePath(text)
    if (match === undefined)
      faults.push({ at, says: `is ${JSON.stringify(text)}: it should look like 'POST /login' or '/hooks/*'` })
    return match ?? (() => false)
  }
  const allow = (options.allow ?? []).map((text, i) => compile(`allow[${i}]`, text))
  const routes = Object.entries(options.routes ?? {}).map(([text, feature]) => ({
    match: compile(`routes['${text}']`, text),
    feature,
  }))
  if (need === undefined && routes.length === 0)
    faults.push({ at: 'need', says: 'is missing, and there are no routes: nothing would ever be refused' })
  if (faults.length > 0) throw new ConfigError('readOnly()', faults)

  return Object.freeze({
    refuse(method: string, url: string): Refused | undefined {
      const whole = need?.reading().usable ?? 'full'
      // The way of a healthy request: readings only, no path is looked at.
      if (whole === 'full' && routes.every(one => one.feature.reading().usable === 'full')) return undefined
      const safe = SAFE.has(method)
      const path = url.split(/[?#]/, 1)[0]!
      const route = routes.find(one => one.match(method, path))
      const own = route?.feature.reading().usable ?? 'full'
      const refusedBy = blocks(whole, safe, false) ? need : blocks(own, safe, true) ? route?.feature : undefined
      if (refusedBy === undefined || allow.some(match => match(method, path))) return undefined
      return refused(refusedBy, clock, random)
    },
  })
}

/** The whole app being off refuses writes only: what can still be read is not for us to hide. A feature that is off is off. */
function blocks(usable: 'none' | 'read' | 'full', safe: boolean, feature: boolean): boolean {
  return usable === 'none' ? !safe || feature : usable === 'read' && !safe
}

function refused(need: ShownNeed, clock: Clock, random: () => number): Refused {
  const { usable, backAt, causes } = need.reading()
  const shown: readonly ShownCause[] = need.shown?.().causes ?? causes.map(({ code, since }) => ({ code, says: '', since }))
  const leastSeconds = backAt === undefined ? 5 : Math.min(600, Math.max(1, Math.ceil((backAt - clock.wall()) / 1_000)))
  // Spread over as long again: who was refused together must not come back together.
  const seconds = leastSeconds + Math.floor(random() * (Math.max(4, leastSeconds) + 1))
  return {
    status: 503,
    headers: { 'content-type': 'application/problem+json', 'retry-after': String(seconds), 'cache-control': 'no-store' },
    problem: problemOf({ feature: need.name, off: usable === 'none', causes: shown, retryAfterMs: seconds * 1_000 }),
  }
}
