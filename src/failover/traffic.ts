// Where calls go in this process: the standing of each provider, what is under way, what was ordered, and the reading that features need.
// Decides by route.ts; sends nothing itself. Standings are local: each process learns by its own calls and checks.
import { type Clock, type Events, type Json, type Judgement, type Need, type Reading, settableNeed } from '../core/index.ts'
import { isDue, type Live, newLive, unprovenFor } from './live.ts'
import type { Numbers, ProviderRule } from './options.ts'
import { inForce, type Order } from './orders.ts'
import type { Provider } from './provider.ts'
import { aged, type Candidate, type Ordered, orderOf, probing, report, type Standing, share } from './route.ts'
import { readingOf, shown } from './shown.ts'

export interface Traffic {
  readonly need: Need
  /** Where a new intent goes. `cap`s count what is under way now. */
  order(): Ordered
  /** Its cap is reached: ask, and begin, in one go. */
  full(provider: string): boolean
  /** A try begins, or (`asks`) a look-up, a check or an undoing, which is no call; call the result with its judgement, exactly once. */
  began(
    provider: string,
    how?: { readonly probe?: boolean; readonly asks?: boolean },
  ): (judgement: Judgement, says?: string) => void
  /** A health check has come back. */
  checked(provider: string, judgement: Judgement, says?: string): void
  /** Providers whose health is to be checked now. */
  toCheck(): readonly string[]
  orders(): readonly Order[]
  setOrders(orders: readonly Order[]): void
  parked(provider: string): void
  spent(cost: number): void
  /** Nothing at all may go there. */
  takenOut(provider: string): boolean
  snapshot(): { readonly active: string | null; readonly providers: readonly Json[] }
  /** Providers that have not worked for so long, with for how long; each is told of once a day. */
  unproven(): readonly { readonly provider: string; readonly forMs: number; readonly says?: string }[]
}

export interface TrafficOptions {
  readonly name: string
  readonly path: string
  readonly providers: readonly Provider<never, unknown>[]
  readonly rules: Readonly<Record<string, ProviderRule>>
  readonly numbers: Numbers
  readonly clock: Clock
  readonly events: Events
  readonly random: () => number
}

const KEEP_ALIVE = 0.01

export function traffic({ name, path, providers, rules, numbers: o, clock, events, random }: TrafficOptions): Traffic {
  const born = clock.now()
  const live = new Map(providers.map(one => [one.name, newLive(born)] as const))
  const first = providers.find((one, i) => weightOf(one.name, i) > 0)?.name ?? providers[0]!.name
  let orders: readonly Order[] = []
  // Without its first provider: what that time came to.
  let away: { readonly since: number; calls: number; parked: number; cost: number } | undefined
  let active = first
  const need = settableNeed(name, reading())

  function weightOf(provider: string, i = providers.findIndex(one => one.name === provider)): number {
    return rules[provider]?.weight ?? (i === 0 ? 1 : 0)
  }
  function closed(provider: string, now = clock.wall()): boolean {
    return inForce(orders, now).some(one => one.provider === provider && one.kind !== 'force')
  }
  function takenOut(provider: string): boolean {
    return inForce(orders, clock.wall()).some(one => one.kind === 'take_out' && one.provider === provider)
  }
  function forced(): string | undefined {
    return inForce(orders, clock.wall()).find(one => one.kind === 'force')?.provider
  }

  /** What time alone changes: ramps that are over, and tries that have been under way too long. */
  function age() {
    const now = clock.now()
    for (const [provider, one] of live) {
      one.standing = aged(one.standing, now, o)
      for (const call of one.under.values()) {
        if (call.counted || now - call.at < o.slowMs) continue
        call.counted = true
        judged(provider, one, { ran: 'maybe', blame: 'them' }, 'it does not answer')
      }
    }
  }

  function judged(provider: string, one: Live, judgement: Judgement, says?: string) {
    const before = one.standing.state
    one.standing = report(one.standing, judgement, clock.now(), o)
    if (judgement.blame === 'none') one.okAt = clock.now()
    if (judgement.blame === 'them' && says !== undefined) one.says = says
    if (one.standing.state !== before) moved(provider, one, before)
  }

  function moved(provider: string, one: Live, before: Standing['state']) {
    const to = candidates().filter(c => !c.closed && share(c.standing, clock.now(), o) > 0)
    const best = to.find(c => c.weight > 0 && c.standing.state === 'up')?.name ?? to[0]?.name
    if (one.standing.state === 'down' && before !== 'down' && provider === active) {
      if (provider === first) away ??= { since: clock.now(), calls: 0, parked: 0, cost: 0 }
      active = best ?? provider
      const more = { level: best === undefined ? ('alarm' as const) : ('warn' as const) }
      events.emit(
        'failover.switched',
        path,
        { from: provider, to: best ?? 'none', why: one.says ?? 'it failed again and again', stayMs: one.standing.stayMs },
        more,
      )
    } else if (one.standing.state === 'ramping' && (provider === first || best === provider)) {
      active = provider
      const { since, calls, parked, cost } = away ?? { since: clock.now(), calls: 0, parked: 0, cost: 0 }
      away = provider === first ? undefined : away
      events.emit('failover.returned', path, {
        provider,
        forMs: Math.round(clock.now() - since),
        calls,
        parked,
        ...(cost === 0 ? {} : { cost }),
      })
    }
    need.set(reading())
  }

  function candidates(): readonly Candidate[] {
    return providers.map(({ name: provider, card, health }, i) => {
      const one = live.get(provider)!
      const cap = rules[provider]?.cap ?? Number.POSITIVE_INFINITY
      return {
        name: provider,
        standing: one.standing,
        weight: weightOf(provider, i),
        probedByCalls: health === undefined,
        keepAlive: card.keepAlive === false ? 0 : (rules[provider]?.keepAlive ?? KEEP_ALIVE),
        closed: closed(provider) || one.under.size >= cap,
      }
    })
  }

  function reading(): Reading {
    const named = providers.map(({ name: p }) => ({
      name: p,
      standing: live.get(p)!.standing,
      says: live.get(p)!.says,
      closed: closed(p),
    }))
    return readingOf(named, inForce(orders, clock.wall()), forced() ?? active, { now: clock.now(), wall: clock.wall() }, o)
  }

  return Object.freeze({
    need,
    order() {
      age()
      const ordered = orderOf(candidates(), clock.now(), o, random, forced())
      if (ordered.probe !== undefined)
        live.get(ordered.probe)!.standing = probing(live.get(ordered.probe)!.standing, clock.now(), o)
      return ordered
    },
    full: provider => (live.get(provider)?.under.size ?? 0) >= (rules[provider]?.cap ?? Number.POSITIVE_INFINITY),
    began(provider, { probe = false, asks = false } = {}) {
      const one = live.get(provider)
      if (one === undefined) return () => {}
      const call = Symbol(provider)
      const entry = { at: clock.now(), counted: false }
      one.under.set(call, entry)
      if (!asks) {
        one.calls++
        if (away !== undefined && provider !== first) away.calls++
      }
      const began = one.standing
      return (judgement, says) => {
        if (!one.under.delete(call)) return
        // Counted when it was overdue; and an answer from before a change of state moves nothing.
        if (entry.counted && judgement.blame === 'them') return
        if (!probe && began.state !== one.standing.state && !(began.state === 'ramping' && one.standing.state === 'up')) {
          if (judgement.blame === 'none') one.okAt = clock.now()
          return
        }
        judged(provider, one, judgement, says)
      }
    },
    checked(provider, judgement, says) {
      const one = live.get(provider)
      if (one === undefined) return
      one.checking = false
      one.checkedAt = clock.now()
      if (one.standing.state === 'down') one.standing = probing(one.standing, clock.now(), o)
      judged(provider, one, judgement, says)
    },
    toCheck() {
      age()
      const due = providers
        .filter(one => one.health !== undefined && !takenOut(one.name) && isDue(live.get(one.name)!, clock.now(), o))
        .map(one => one.name)
      for (const name of due) live.get(name)!.checking = true
      return due
    },
    orders: () => inForce(orders, clock.wall()),
    setOrders(next) {
      orders = next
      need.set(reading())
    },
    parked(provider) {
      if (away !== undefined || provider === first) (away ??= { since: clock.now(), calls: 0, parked: 0, cost: 0 }).parked++
    },
    spent(cost) {
      if (away !== undefined) away.cost += cost
    },
    takenOut,
    snapshot() {
      age()
      const now = clock.now()
      const orderFor = (p: string) => inForce(orders, clock.wall()).find(one => one.provider === p)
      const list = providers.map(({ name: p }, i) =>
        shown({ name: p, weight: weightOf(p, i), ...live.get(p)!, order: orderFor(p) }, now, o),
      )
      return { active: forced() ?? active, providers: list }
    },
    unproven: () => providers.flatMap(one => unprovenFor(one.name, live.get(one.name)!, clock.now(), o)),
  } satisfies Traffic)
}
