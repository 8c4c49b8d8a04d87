// The price watch: what things of a kind usually go for, looked up every few seconds. A component of its own: when it breaks, it is
// started again, and the app serves on. What it knew stays until it knows better.
import { setTimeout as wait } from 'node:timers/promises'
import type pg from 'pg'

export interface PriceWatch {
  /** Runs until `signal` aborts. */
  poll(signal: AbortSignal): Promise<void>
  /** What things of this category usually go for, in cents; undefined: not known yet. */
  usual(category: string): number | undefined
  /** The next look fails, as if the price service had answered with HTML. */
  break(): void
}

const EVERY_MS = 2_000

export function priceWatch(pool: Pick<pg.Pool, 'query'>): PriceWatch {
  let usual: ReadonlyMap<string, number> = new Map()
  let broken = false
  return {
    usual: category => usual.get(category),
    break() {
      broken = true
    },
    async poll(signal) {
      while (!signal.aborted) {
        if (broken) {
          broken = false
          throw new Error('Broken on purpose: the price watch read HTML where prices were expected')
        }
        const { rows } = await pool.query<{ category: string; cents: number }>(
          `select category, percentile_cont(0.5) within group (order by price_cents)::int as cents
           from listings group by category having count(*) >= 3`,
        )
        usual = new Map(rows.map(row => [row.category, row.cents]))
        await wait(EVERY_MS, undefined, { signal }).catch(() => {})
      }
    },
  }
}
