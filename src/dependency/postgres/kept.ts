// Connections that lone queries keep between them for a moment: to take one out of the pool and give it back (two timers, four listeners and
// a tick) costs more than all that the guard does. To the pool they are in use. They go back when anyone else wants one, when the pool
// ends, and every few milliseconds, so that the pool's own rules (idle, lifetime, uses) hold as ever.
import type { PgClient, PgPool } from './driver.ts'

const TURN_MS = 20

/** Out of the pool for lone queries. */
export interface Lent {
  readonly client: PgClient
  readonly release: (error?: unknown) => void
  /** Taken in this turn; given back after it. */
  readonly turn: number
}

export interface Kept {
  /** One that is free just now. */
  take(): Lent | undefined
  lent(client: PgClient, release: Lent['release']): Lent
  /** After a query that left it usable. */
  put(lent: Lent): void
  /** Someone waits who takes it from the pool. */
  giveOne(): void
  giveAll(): void
  /** It has broken while it was free; false: it was not. */
  broken(client: PgClient, error: Error): boolean
  count(): number
}

export interface Surroundings {
  /** May it be used again? */
  fresh(client: PgClient): boolean
  /** Someone waits for one. */
  wanted(): boolean
  closed(): boolean
}

export function keptOf(pool: PgPool, { fresh, wanted, closed }: Surroundings): Kept {
  const free: Lent[] = []
  let turn = 0
  let timer: NodeJS.Timeout | undefined
  // Whoever counts uses, or hears of each, is to see each.
  const counted = () =>
    (pool.options.maxUses ?? Number.POSITIVE_INFINITY) < Number.POSITIVE_INFINITY ||
    pool.listenerCount('acquire') > 0 ||
    pool.listenerCount('release') > 0
  const giveAll = () => {
    for (const lent of free.splice(0)) lent.release(fresh(lent.client) ? undefined : true)
  }
  const nextTurn = () => {
    timer = undefined
    turn++
    giveAll()
  }
  return Object.freeze({
    take() {
      if (free.length === 0) return undefined
      if (pool.ending === true || closed()) return void giveAll()
      const lent = free.pop()!
      if (fresh(lent.client)) return lent
      lent.release(true)
      return undefined
    },
    lent: (client: PgClient, release: Lent['release']) => ({ client, release, turn: counted() ? -1 : turn }),
    put(lent: Lent) {
      if (!fresh(lent.client)) return lent.release(true)
      if (lent.turn !== turn || wanted() || closed() || pool.ending === true) return lent.release()
      free.push(lent)
      if (timer === undefined) timer = setTimeout(nextTurn, TURN_MS).unref()
    },
    giveOne() {
      free.pop()?.release()
    },
    giveAll,
    broken(client: PgClient, error: Error) {
      const at = free.findIndex(lent => lent.client === client)
      if (at < 0) return false
      free.splice(at, 1)[0]!.release(error)
      return true
    },
    count: () => free.length,
  })
}
