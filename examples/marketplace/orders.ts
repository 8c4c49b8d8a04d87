// Orders in the database.
//
//   placed ──▶ received      the buyer has it
//      └─────▶ cancelled     the buyer changed their mind; the thing is for sale again
import type pg from 'pg'
import { readListing } from './listings.ts'

export type OrderState = 'placed' | 'received' | 'cancelled'
export interface Order {
  readonly id: number
  readonly listingId: number
  readonly title: string
  readonly picture: string
  readonly place: string
  readonly sellerName: string
  readonly priceCents: number
  readonly state: OrderState
  readonly placedAt: string
}
export type Bought =
  | { readonly is: 'placed' | 'already'; readonly orderId: number }
  | { readonly is: 'sold' | 'yours' | 'missing' }

/** Buys it. Buying what one has bought already gives that order, so that asking again after a lost answer is safe. */
export async function buy(pool: pg.Pool, buyer: string, listingId: number): Promise<Bought> {
  const { rows } = await pool.query<{ id: number }>(
    `insert into orders (listing_id, buyer, price_cents) select id, $2, price_cents from listings where id = $1 and seller <> $2
     on conflict (listing_id) where state <> 'cancelled' do nothing returning id`,
    [listingId, buyer],
  )
  if (rows[0] !== undefined) return { is: 'placed', orderId: rows[0].id }
  const live = await pool.query<{ id: number; mine: boolean }>(
    `select id, buyer = $2 as mine from orders where listing_id = $1 and state <> 'cancelled'`,
    [listingId, buyer],
  )
  const order = live.rows[0]
  if (order !== undefined) return order.mine ? { is: 'already', orderId: order.id } : { is: 'sold' }
  const listing = await readListing(pool, buyer, listingId)
  if (listing === undefined) return { is: 'missing' }
  return { is: listing.yours ? 'yours' : 'sold' }
}

export async function ordersOf(pool: pg.Pool, buyer: string): Promise<Order[]> {
  const { rows } = await pool.query<Order>(
    `select o.id, o.listing_id as "listingId", l.title, l.picture, l.place, l.seller_name as "sellerName",
       o.price_cents as "priceCents", o.state, o.placed_at as "placedAt"
     from orders o join listings l on l.id = o.listing_id where o.buyer = $1 order by o.id desc limit 100`,
    [buyer],
  )
  return rows
}

/** Ends a placed order. True also when it is in that state already; false: there is no such order, or it ended otherwise. */
export async function endOrder(pool: pg.Pool, buyer: string, orderId: number, state: 'received' | 'cancelled'): Promise<boolean> {
  const { rowCount } = await pool.query(
    `update orders set state = $3, changed_at = case when state = $3 then changed_at else now() end
     where id = $1 and buyer = $2 and state in ('placed', $3)`,
    [orderId, buyer, state],
  )
  return rowCount === 1
}
