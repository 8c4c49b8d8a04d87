// The rule of where a new intent goes. Pure: standing + judgement + now → standing; standings + orders + chance → order.
//
//           bads = most, or overdue           stay over, and probe passed            ramp over
//    up ────────────────────────────▶ down ───────────────────────────────▶ ramping ───────────▶ up
//     ▲                                ▲                                        │
//     └────────────────────────────────┴──── any bad while ramping: a longer stay ┘
import type { Judgement } from '../core/index.ts'

export interface Standing {
  readonly state: 'up' | 'down' | 'ramping'
  /** Bad answers in a row. */
  readonly bads: number
  /** Monotonic, since when it is in this state: a look that found it down still does not begin it anew. */
  readonly since: number
  /** How long it stays down at least: from `stayFrom`, the last look, else from `since`. */
  readonly stayMs: number
  readonly stayFrom?: number
  /** A probe is under way until then. */
  readonly probeUntil?: number
  readonly backAt?: number
}

export interface RouteOptions {
  /** Bad answers in a row until a provider is left. */
  readonly failures: number
  readonly minStayMs: number
  readonly maxStayMs: number
  readonly rampMs: number
  readonly probeMs: number
}

export const wellSince = (now: number): Standing => ({ state: 'up', bads: 0, since: now, stayMs: 0 })
const FIRST_SHARE = 0.1
/** One that falls again this soon after it came back stays away twice as long. */
const SOON_MS = 600_000

export function report(s: Standing, { blame }: Judgement, now: number, o: RouteOptions): Standing {
  if (blame === 'none') {
    if (s.state === 'down' && s.probeUntil !== undefined) return ramping(s, now)
    return s.bads === 0 ? s : { ...s, bads: 0 }
  }
  // What the caller or we did says nothing of the provider; a probe that said nothing may be tried again.
  if (blame !== 'them') return s
  const bads = s.bads + 1
  if (s.state === 'down') return down(s, bads, now, s.stayMs, o)
  if (s.state === 'ramping') return down(s, bads, now, s.stayMs * 2, o)
  if (bads < o.failures) return { ...s, bads }
  const again = s.backAt !== undefined && now - s.backAt < SOON_MS
  return down(s, bads, now, again ? s.stayMs * 2 : o.minStayMs, o)
}

function down(s: Standing, bads: number, now: number, stayMs: number, o: RouteOptions): Standing {
  const { probeUntil, stayFrom: _, ...rest } = s
  // An answer to a call that began before it was left moves nothing.
  if (s.state === 'down' && probeUntil === undefined) return s
  const from = s.state === 'down' ? { since: s.since, stayFrom: now } : { since: now }
  return { ...rest, ...from, state: 'down', bads, stayMs: Math.min(Math.max(stayMs, o.minStayMs), o.maxStayMs) }
}

function ramping(s: Standing, now: number): Standing {
  const { probeUntil: _, stayFrom: __, ...rest } = s
  return { ...rest, state: 'ramping', bads: 0, since: now, backAt: now }
}

/** Time alone ends a ramp. */
export function aged(s: Standing, now: number, o: RouteOptions): Standing {
  return s.state === 'ramping' && now - s.since >= o.rampMs ? { ...s, state: 'up', since: now } : s
}

/** One probe at a time, and none before it has stayed away long enough. */
export function mayProbe(s: Standing, now: number): boolean {
  return s.state === 'down' && now >= (s.stayFrom ?? s.since) + s.stayMs && (s.probeUntil === undefined || now >= s.probeUntil)
}

export function probing(s: Standing, now: number, o: RouteOptions): Standing {
  return { ...s, probeUntil: now + o.probeMs }
}

/** Of the traffic it would have when well. */
export function share(s: Standing, now: number, o: RouteOptions): number {
  if (s.state === 'up') return 1
  if (s.state === 'down') return 0
  return Math.min(1, Math.max(FIRST_SHARE, (now - s.since) / o.rampMs))
}

export interface Candidate {
  readonly name: string
  readonly standing: Standing
  /** Of all traffic when everything is well; 0: on failover only. */
  readonly weight: number
  /** It has no cheap health check: one real call is its probe. */
  readonly probedByCalls: boolean
  readonly keepAlive: number
  /** No new intents: an operator drains it or took it out, or its cap is reached. */
  readonly closed: boolean
}

export interface Ordered {
  readonly order: readonly string[]
  /** The first of the order is this call's probe. */
  readonly probe?: string
}

/** Where a new intent goes, best first; a provider that is down only when none is well. */
export function orderOf(all: readonly Candidate[], now: number, o: RouteOptions, random: () => number, forced?: string): Ordered {
  const open = all.filter(one => !one.closed)
  const first = (name: string | undefined, rest: readonly Candidate[]) =>
    name === undefined ? rest.map(one => one.name) : [name, ...rest.map(one => one.name).filter(other => other !== name)]
  const well = open.filter(one => share(one.standing, now, o) > 0)
  // Nothing is well: better to try than to earn nothing.
  const ranked = [...(well.length > 0 ? well : open)].sort((a, b) => rank(b, now, o) - rank(a, now, o))
  if (forced !== undefined && open.some(one => one.name === forced)) return { order: first(forced, ranked) }

  const probed = open.find(one => one.probedByCalls && mayProbe(one.standing, now))
  if (probed !== undefined) return { order: first(probed.name, ranked), probe: probed.name }

  // A backup that is never used rots: now and then one call goes there first.
  const idle = well.filter(one => one.weight === 0 && one.keepAlive > 0 && one.standing.state === 'up')
  const total = idle.reduce((sum, one) => sum + one.keepAlive, 0)
  let drawn = random()
  for (const one of idle) if ((drawn -= one.keepAlive) < 0) return { order: first(one.name, ranked) }
  drawn = total < 1 ? drawn / (1 - total) : 0

  const weights = well.map(one => one.weight * share(one.standing, now, o))
  const missing = well.reduce((sum, one, i) => sum + one.weight - weights[i]!, 0)
  const sum = weights.reduce((a, b) => a + b, 0) + missing
  drawn *= sum
  for (const [i, one] of well.entries()) if ((drawn -= weights[i]!) < 0) return { order: first(one.name, ranked) }
  // What a ramping provider does not take yet goes to the best of the others.
  const other = ranked.find(one => one.standing.state === 'up') ?? ranked[0]
  return { order: first(other?.name, ranked) }
}

/** Up before ramping before down; among equals by weight, then as configured. */
function rank(one: Candidate, now: number, o: RouteOptions): number {
  return share(one.standing, now, o) * 1_000 + Math.min(one.weight, 900)
}
