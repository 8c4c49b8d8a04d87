// Listings in the database: search, read, offer.
import type pg from 'pg'

export interface Listing {
  readonly id: number
  readonly title: string
  readonly description: string
  readonly priceCents: number
  readonly category: string
  readonly condition: string
  readonly place: string
  readonly picture: string
  readonly sellerName: string
  readonly createdAt: string
  readonly sold: boolean
  readonly yours: boolean
}
export interface Search {
  readonly words: readonly string[]
  readonly category?: string | undefined
  readonly sort: 'newest' | 'cheapest' | 'dearest'
  readonly page: number
}
export interface Offer {
  readonly title: string
  readonly description: string
  readonly priceCents: number
  readonly category: string
  readonly condition: string
  readonly place: string
  readonly picture: string
  readonly sellerName: string
}

export const PAGE_SIZE = 24
export const COLUMNS = `l.id, l.title, l.description, l.price_cents as "priceCents", l.category, l.condition, l.place, l.picture,
  l.seller_name as "sellerName", l.created_at as "createdAt", l.seller = $1 as yours,
  exists (select from orders o where o.listing_id = l.id and o.state <> 'cancelled') as sold`
const ORDER = {
  newest: 'l.created_at desc, l.id desc',
  cheapest: 'l.price_cents, l.id desc',
  dearest: 'l.price_cents desc, l.id desc',
}

/** Every word must be found, somewhere. What is sold is not shown. */
export async function findListings(
  pool: Pick<pg.Pool, 'query'>,
  visitor: string,
  { words, category, sort, page }: Search,
): Promise<{ listings: Listing[]; total: number }> {
  const values: unknown[] = [visitor]
  const wants = ["not exists (select from orders o where o.listing_id = l.id and o.state <> 'cancelled')"]
  for (const word of words) {
    values.push(likePattern(word))
    wants.push(`concat_ws(' ', l.title, l.description, l.place, l.category, l.picture) ilike $${values.length}`)
  }
  if (category !== undefined) wants.push(`l.category = $${values.push(category)}`)
  const { rows } = await pool.query<Listing & { total: number }>(
    `select ${COLUMNS}, (count(*) over ())::int as total from listings l where ${wants.join(' and ')}
     order by ${ORDER[sort]} limit ${PAGE_SIZE} offset ${(page - 1) * PAGE_SIZE}`,
    values,
  )
  return { listings: rows.map(({ total: _, ...listing }) => listing), total: rows[0]?.total ?? 0 }
}

export async function readListing(pool: Pick<pg.Pool, 'query'>, visitor: string, id: number): Promise<Listing | undefined> {
  const { rows } = await pool.query<Listing>(`select ${COLUMNS} from listings l where l.id = $2`, [visitor, id])
  return rows[0]
}

export async function listingsOf(pool: Pick<pg.Pool, 'query'>, visitor: string): Promise<Listing[]> {
  const { rows } = await pool.query<Listing>(
    `select ${COLUMNS} from listings l where l.seller = $1 order by l.id desc limit 100`,
    [visitor],
  )
  return rows
}

/** Puts it up for sale; the same form key again gives the listing that is there already. */
export async function offerListing(
  pool: Pick<pg.Pool, 'query'>,
  visitor: string,
  formKey: string,
  offer: Offer,
): Promise<number> {
  const { rows } = await pool.query<{ id: number }>(
    `insert into listings (title, description, price_cents, category, condition, place, picture, seller, seller_name, form_key)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
     on conflict (form_key) do update set form_key = excluded.form_key returning id`,
    [
      offer.title,
      offer.description,
      offer.priceCents,
      offer.category,
      offer.condition,
      offer.place,
      offer.picture,
      visitor,
      offer.sellerName,
      formKey,
    ],
  )
  return rows[0]!.id
}

/** The words of a search, whatever was typed: control characters are none, and eight words are enough. */
export function searchWords(text: string): string[] {
  return text
    .slice(0, 200)
    .toWellFormed()
    .split(/[\s\u0000-\u001f\u007f]+/)
    .filter(word => word !== '')
    .slice(0, 8)
}

function likePattern(word: string): string {
  return `%${word.replace(/[\\%_]/g, '\\$&')}%`
}
