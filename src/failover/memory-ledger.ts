// A ledger that lives and dies with the process: for what costs nothing when it is done twice (geocoding, an LLM), and for tests.
// Never for money: a kill -9 forgets what may have been done.
import { type Clock, type Json, systemClock } from '../core/index.ts'
import { type Counts, type Kept, type Ledger, rowOf } from './ledger.ts'

export interface MemoryLedgerOptions {
  readonly clock?: Clock
  /** Decided intents beyond this are forgotten, oldest first. Default 10,000. */
  readonly most?: number
}

export function memoryLedger({ clock = systemClock, most = 10_000 }: MemoryLedgerOptions = {}): Ledger {
  const kept = new Map<string, Kept>()
  const notes = new Map<string, Json>()
  const id = (failover: string, key: string) => JSON.stringify([failover, key])
  const of = (failover: string) => [...kept.values()].filter(one => one.intent.failover === failover)
  return Object.freeze({
    kind: 'memory',
    wall: () => clock.wall(),
    read: async (failover: string, key: string) => kept.get(id(failover, key)),
    find: async (failover: string, providerKey: string) =>
      of(failover).find(({ intent }) => intent.attempts.some(attempt => attempt.key === providerKey)),
    async write(intent, version) {
      const at = id(intent.failover, intent.key)
      if ((kept.get(at)?.version ?? 0) !== version) return false
      kept.delete(at)
      kept.set(at, { intent, version: version + 1 })
      if (kept.size > most)
        for (const [key, one] of kept) {
          if (rowOf(one.intent).due === null) kept.delete(key)
          if (kept.size <= most) break
        }
      return true
    },
    async work(failover, now, limit) {
      const due = of(failover)
        .filter(({ intent }) => (rowOf(intent).due ?? Number.POSITIVE_INFINITY) <= now)
        .sort((a, b) => a.intent.dueAt! - b.intent.dueAt!)
      return { due: due.slice(0, limit), counts: countsOf(of(failover)) }
    },
    list: async (failover, { state, limit = 100 } = {}) =>
      of(failover)
        .map(one => one.intent)
        .filter(intent => state === undefined || (state === 'twice' ? rowOf(intent).twice === 1 : intent.state === state))
        .sort((a, b) => b.madeAt - a.madeAt)
        .slice(0, limit),
    note: async (failover, name) => notes.get(id(failover, name)),
    setNote: async (failover, name, value) => void notes.set(id(failover, name), value),
    async prune(failover, before) {
      const old = of(failover).filter(({ intent }) => (intent.decidedAt ?? before) < before && rowOf(intent).due === null)
      for (const { intent } of old) kept.delete(id(failover, intent.key))
      return old.length
    },
  } satisfies Ledger)
}

function countsOf(all: readonly Kept[]): Counts {
  const count = (test: (one: Kept) => boolean) => all.filter(test).length
  const open = all.filter(({ intent }) => intent.state === 'open' || intent.state === 'pending')
  return {
    open: count(({ intent }) => intent.state === 'open'),
    pending: count(({ intent }) => intent.state === 'pending'),
    unresolved: count(({ intent }) => intent.state === 'unresolved'),
    twice: count(({ intent }) => rowOf(intent).twice === 1),
    ...(open.length === 0 ? {} : { oldest: Math.min(...open.map(({ intent }) => intent.madeAt)) }),
  }
}
