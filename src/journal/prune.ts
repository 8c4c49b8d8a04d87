// Forgets what is old or too much, a little at a time, so that the log stays small and a write never waits long. Clocks can be wrong:
// the newest entries are never too old.
import type { Store } from '../store/index.ts'

export interface Keep {
  readonly keepForMs: number
  readonly keepRows: number
  readonly keepBytes: number
}

const ALWAYS_KEPT = 1_000
const AT_A_TIME = 2_000

/** One step. Returns how many went: call it again until that is 0. */
export function prune(store: Store, { keepForMs, keepRows, keepBytes }: Keep, wallMs: number): number {
  const { db } = store
  const one = (sql: string, ...values: number[]) => Number(Object.values(db.prepare(sql).get(...values) ?? { n: 0 })[0])
  const rowBehind = (newest: number) => one('SELECT row FROM event ORDER BY row DESC LIMIT 1 OFFSET ?', newest)
  const newest = one('SELECT max(row) FROM event')
  // Rows are numbered upward: without gaps there are as many as the numbers say, and never more. The scan is for when there may be too many.
  const tooMany = newest - one('SELECT min(row) FROM event') >= keepRows ? rowBehind(keepRows) : 0
  const usedBytes = (one('PRAGMA page_count') - one('PRAGMA freelist_count')) * one('PRAGMA page_size')
  const isLarge = usedBytes > keepBytes
  const tooLarge = isLarge ? rowBehind(ALWAYS_KEPT) : 0
  const atMost = isLarge ? Math.ceil(AT_A_TIME / 4) : AT_A_TIME
  // Each by its own index: one condition for both would read the whole file every time.
  return store.transaction(() =>
    Number(
      db
        .prepare(
          `DELETE FROM event WHERE row IN (
             SELECT * FROM (SELECT row FROM event WHERE row <= ? ORDER BY row LIMIT ?)
             UNION SELECT * FROM (SELECT row FROM event WHERE wall < ? AND +row <= ? LIMIT ?))`,
        )
        .run(Math.max(tooMany, tooLarge), atMost, wallMs - keepForMs, rowBehind(ALWAYS_KEPT), atMost).changes,
    ),
  )
}
