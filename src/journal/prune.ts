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
  const tooMany = rowBehind(keepRows)
  const usedBytes = (one('PRAGMA page_count') - one('PRAGMA freelist_count')) * one('PRAGMA page_size')
  const tooLarge = usedBytes > keepBytes ? rowBehind(ALWAYS_KEPT) : 0
  const tooOld = rowBehind(ALWAYS_KEPT)
  const gone = store.transaction(() =>
    Number(
      db
        .prepare(
          `DELETE FROM event WHERE row IN (
             SELECT row FROM event WHERE row <= ? OR row <= ? OR (wall < ? AND row <= ?) ORDER BY row LIMIT ?)`,
        )
        .run(tooMany, tooLarge, wallMs - keepForMs, tooOld, usedBytes > keepBytes ? Math.ceil(AT_A_TIME / 4) : AT_A_TIME).changes,
    ),
  )
  return gone
}
