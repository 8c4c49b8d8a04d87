// What features, operators and pages read of a failover's traffic: one reading of all providers, and one line of each.
import type { Cause, Json, Reading } from '../core/index.ts'
import type { Order } from './orders.ts'
import { type RouteOptions, type Standing, share } from './route.ts'

interface Named {
  readonly name: string
  readonly standing: Standing
  readonly says: string | undefined
  readonly closed: boolean
}

/** As good as the best provider. */
export function readingOf(
  all: readonly Named[],
  orders: readonly Order[],
  active: string,
  at: { readonly now: number; readonly wall: number },
  o: RouteOptions,
): Reading {
  const well = all.some(one => !one.closed && share(one.standing, at.now, o) > 0)
  if (well) return { usable: 'full', state: `on ${active}`, causes: [], since: at.wall }
  const causes: Cause[] = all
    .filter(one => one.standing.state === 'down')
    .map(one => ({
      code: 'provider_down',
      says: `${one.name} is left: ${one.says ?? 'it failed again and again'}`,
      since: at.wall - (at.now - one.standing.since),
    }))
  for (const { provider, kind, by, why, since, until } of orders)
    causes.push({
      code: `provider_${kind}`,
      says: `${provider}: ${kind} by ${by}: ${why}`,
      since,
      by,
      ...(until === undefined ? {} : { until }),
    })
  return { usable: 'none', state: 'down', causes, since: at.wall }
}

interface Shown {
  readonly name: string
  readonly weight: number
  readonly standing: Standing
  readonly okAt: number | undefined
  readonly calls: number
  readonly says: string | undefined
  readonly under: ReadonlyMap<symbol, unknown>
  readonly order: Order | undefined
}

export function shown({ name, weight, standing, okAt, calls, says, under, order }: Shown, now: number, o: RouteOptions): Json {
  return {
    name,
    state: standing.state,
    share: Math.round(share(standing, now, o) * 100) / 100,
    weight,
    sinceMs: Math.round(now - standing.since),
    underWay: under.size,
    calls,
    workedMsAgo: okAt === undefined ? null : Math.round(now - okAt),
    says: standing.state === 'up' ? null : (says ?? null),
    order: order === undefined ? null : { kind: order.kind, by: order.by, why: order.why, until: order.until ?? null },
  }
}
