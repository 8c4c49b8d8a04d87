// What the search box offers while one types: words of the listings, from the index that is made anew every minute. The last good index
// serves on when making the next one fails, or takes too long and is ended.
import { setTimeout as wait } from 'node:timers/promises'
import type pg from 'pg'
import type { Compute } from 'selfheal/compute'
import type { Texts, Words } from './search-words.ts'

export interface Suggestions {
  /** Makes the index anew, every minute and when asked to, until `signal` aborts. */
  keep(signal: AbortSignal): Promise<void>
  startingWith(typed: string): readonly string[]
  /** Makes it now. `stuck`: broken on purpose. */
  rebuild(stuck?: boolean): Promise<void>
}

const EVERY_MS = 60_000
const MOST = 6

export function suggestions(pool: Pick<pg.Pool, 'query'>, index: Compute<Texts, Words>): Suggestions {
  let words: Words = []
  const rebuild = async (stuck = false) => {
    const { rows } = await pool.query<{ text: string }>(`select concat_ws(' ', title, description, place) as text from listings`)
    words = await index.run({ texts: rows.map(row => row.text), stuck })
  }
  return {
    rebuild,
    async keep(signal) {
      while (!signal.aborted) {
        // What failed is told by the compute or the database; the words there are serve on.
        await rebuild().catch(() => {})
        await wait(EVERY_MS, undefined, { signal }).catch(() => {})
      }
    },
    startingWith(typed) {
      const start = typed.toLowerCase().match(/\p{L}+$/u)?.[0] ?? ''
      return start === ''
        ? []
        : words
            .filter(([word]) => word.startsWith(start))
            .slice(0, MOST)
            .map(([word]) => word)
    },
  }
}
