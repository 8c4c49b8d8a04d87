// The listings as they were last known: a copy in memory and in a file, looked up anew every few seconds, so that people can look and
// search while the database is away, also after a restart. It is shown with its age, and never bought from.
import { readFileSync } from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'
import type pg from 'pg'
import { files } from 'selfheal/io'
import { COLUMNS, type Listing, PAGE_SIZE, type Search } from './listings.ts'

interface Copy {
  /** Wall milliseconds of the moment it was true. */
  readonly asOf: number
  readonly listings: readonly (Listing & { readonly seller: string })[]
}
export interface Found {
  readonly listings: Listing[]
  readonly total: number
  readonly asOf: number
}
export interface LastKnown {
  /** Looks them up until `signal` aborts. */
  keep(signal: AbortSignal): Promise<void>
  /** Undefined: nothing is known. */
  find(visitor: string, search: Search): Found | undefined
  read(visitor: string, id: number): (Listing & { readonly asOf: number }) | undefined
}

const EVERY_MS = 5_000
const MOST = 500
const ORDER: Readonly<Record<Search['sort'], (a: Listing, b: Listing) => number>> = {
  newest: (a, b) => b.id - a.id,
  cheapest: (a, b) => a.priceCents - b.priceCents || b.id - a.id,
  dearest: (a, b) => b.priceCents - a.priceCents || b.id - a.id,
}

export function lastKnown(pool: Pick<pg.Pool, 'query'>, file: string): LastKnown {
  const disk = files()
  let copy = readCopy(file)

  const shown = (visitor: string, { seller, ...listing }: Copy['listings'][number]): Listing => ({
    ...listing,
    yours: seller === visitor,
  })

  return {
    async keep(signal) {
      while (!signal.aborted) {
        // What is wrong with the database is the database's to tell; the copy there is stays.
        const found = await pool
          .query(`select ${COLUMNS}, l.seller from listings l order by l.id desc limit ${MOST}`, [''])
          .catch(() => undefined)
        if (found !== undefined) {
          copy = { asOf: Date.now(), listings: found.rows as Copy['listings'] }
          await disk
            .write(file, JSON.stringify(copy))
            .catch(error => console.error(`The last known listings were not kept: ${error.message}`))
        }
        await wait(EVERY_MS, undefined, { signal }).catch(() => {})
      }
    },
    find(visitor, { words, category, sort, page }) {
      if (copy === undefined) return undefined
      const all = copy.listings
        .filter(
          one =>
            !one.sold &&
            (category === undefined || one.category === category) &&
            words.every(word => textOf(one).includes(word.toLowerCase())),
        )
        .sort(ORDER[sort])
      const from = (page - 1) * PAGE_SIZE
      return { listings: all.slice(from, from + PAGE_SIZE).map(one => shown(visitor, one)), total: all.length, asOf: copy.asOf }
    },
    read(visitor, id) {
      const one = copy?.listings.find(listing => listing.id === id)
      return copy === undefined || one === undefined ? undefined : { ...shown(visitor, one), asOf: copy.asOf }
    },
  }
}

function textOf({ title, description, place, category, picture }: Listing): string {
  return [title, description, place, category, picture].join(' ').toLowerCase()
}

function readCopy(file: string): Copy | undefined {
  try {
    const { asOf, listings } = JSON.parse(readFileSync(file, 'utf8')) as Partial<Copy>
    return typeof asOf === 'number' && Array.isArray(listings) ? { asOf, listings } : undefined
  } catch {
    return undefined
  }
}
