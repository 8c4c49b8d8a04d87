// What is known of one provider in this process, and what follows for its checks: when its health is to be asked, and when somebody must
// hear that it has not proved itself for a day.
import type { Numbers } from './options.ts'
import { mayProbe, type Standing, wellSince } from './route.ts'

export interface Live {
  standing: Standing
  readonly born: number
  okAt: number | undefined
  checkedAt: number
  checking: boolean
  calls: number
  says: string | undefined
  toldAt: number | undefined
  readonly under: Map<symbol, { readonly at: number; counted: boolean }>
}

/** One health check a second of a provider that is down. */
const DOWN_CHECK_MS = 1_000
const TOLD_EVERY_MS = 86_400_000

export function newLive(now: number): Live {
  return {
    standing: wellSince(now),
    born: now,
    okAt: undefined,
    checkedAt: Number.NEGATIVE_INFINITY,
    checking: false,
    calls: 0,
    says: undefined,
    toldAt: undefined,
    under: new Map(),
  }
}

/** Down: as soon as it may come back. Well: when nothing has proved it for a while. */
export function isDue(one: Live, now: number, o: Numbers): boolean {
  if (one.checking) return false
  if (one.standing.state === 'down') return mayProbe(one.standing, now) && now - one.checkedAt >= DOWN_CHECK_MS
  return now - Math.max(one.checkedAt, one.okAt ?? one.checkedAt) >= o.checkEveryMs
}

export function unprovenFor(provider: string, one: Live, now: number, o: Numbers) {
  const forMs = now - (one.okAt ?? one.born)
  if (forMs < o.unprovenMs || (one.toldAt !== undefined && now - one.toldAt < TOLD_EVERY_MS)) return []
  one.toldAt = now
  return [{ provider, forMs: Math.round(forMs), ...(one.says === undefined ? {} : { says: one.says }) }]
}
