// Requests that are turned away, as two events however many they are: that it began, a second after the first, and that it is over, when half
// a minute has passed without one. With the routes that have been under way longest: what most of them wait for is most often the reason.
import { type Clock, type EventId, type Events, type Json, quietAfter, type Undo } from '../core/index.ts'
import './events.ts'

/** How many, by why: no place was free, the loop was late, or begun and not answered by the deadline. */
export interface Turned {
  readonly full: number
  readonly late: number
  readonly cut: number
}

export interface SlowRoute {
  /** 'POST /checkout', without its query. */
  readonly route: string
  readonly count: number
  readonly longestMs: number
}

export interface UnderWay {
  readonly method: string
  readonly path: string
  readonly since: number
}

const TELL_AFTER_MS = 1_000
const QUIET_MS = 30_000
const MOST_CUT = 200
const MOST_SHOWN = 3
/** Looked through for the slowest, the oldest first. */
const MOST_LOOKED_AT = 5_000
const MAX_PATH = 116

export interface Refusing {
  begun(method: string, path: string): UnderWay
  ended(one: UnderWay): void
  turned(why: keyof Turned, one?: UnderWay): void
  /** null: nobody was turned away lately. */
  shown(): Json
  stop(): void
}

export interface RefusingFacts {
  readonly path: string
  readonly clock: Clock
  readonly events: Events
  readonly deadlineMs: number
  lateMs(): number
}

export function refusing({ path, clock, events, deadlineMs, lateMs }: RefusingFacts): Refusing {
  const all = new Set<UnderWay>()
  let cut: UnderWay[] = []
  let storm: { full: number; late: number; cut: number } | undefined
  let [beganAt, beganWall, lastAt] = [0, 0, 0]
  let told: EventId | undefined
  let undo: Undo | undefined

  const slowest = (): readonly SlowRoute[] => {
    const now = clock.now()
    const routes = new Map<string, { route: string; count: number; longestMs: number }>()
    let looked = 0
    for (const { method, path, since } of [...cut, ...all]) {
      if (looked++ > MOST_LOOKED_AT) break
      const route = `${method} ${path.slice(0, MAX_PATH)}`
      const known = routes.get(route) ?? { route, count: 0, longestMs: 0 }
      known.count++
      known.longestMs = Math.max(known.longestMs, Math.min(deadlineMs, Math.round(now - since)))
      routes.set(route, known)
    }
    return [...routes.values()].sort((a, b) => b.longestMs - a.longestMs || b.count - a.count).slice(0, MOST_SHOWN)
  }
  const facts = (now: Turned) => ({
    ...now,
    why: (['full', 'late', 'cut'] as const).reduce((most, why) => (now[why] > now[most] ? why : most)),
    inFlight: all.size,
    lateMs: Math.round(lateMs()),
    deadlineMs,
    slowest: slowest(),
  })
  const tell = () => {
    told = events.emit('inbound.refusing', path, facts(storm!), { level: 'warn' })
    look()
  }
  const look = () => {
    const quietMs = clock.now() - lastAt
    if (quietMs < QUIET_MS) {
      undo = quietAfter(clock, QUIET_MS - quietMs, look)
      return
    }
    const because = told === undefined ? {} : { because: told }
    events.emit('inbound.well', path, { ...storm!, forMs: Math.round(lastAt - beganAt) }, because)
    storm = undo = undefined
    cut = []
  }
  return {
    begun(method, path) {
      const one = { method, path, since: clock.now() }
      all.add(one)
      return one
    },
    ended: one => void all.delete(one),
    turned(why, one) {
      lastAt = clock.now()
      if (storm === undefined) {
        storm = { full: 0, late: 0, cut: 0 }
        ;[beganAt, beganWall] = [lastAt, clock.wall()]
        undo = quietAfter(clock, TELL_AFTER_MS, tell)
      }
      storm[why]++
      if (one !== undefined && cut.length < MOST_CUT) cut.push(one)
    },
    shown: () => (storm === undefined ? null : ({ ...facts(storm), since: beganWall } as unknown as Json)),
    stop: () => undo?.(),
  }
}
