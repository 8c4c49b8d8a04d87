// Orders in the database.
//
//   paying ──▶ placed ──▶ received      the buyer has it
//      │          └───────▶ cancelled     the buyer changed their mind; the thing is for sale again
//      └──────────────────▶ cancelled     the payment was declined, or not made
import type pg from 'pg'
import { readListing } from './listings.ts'

export type OrderState = 'paying' | 'placed' | 'received' | 'cancelled'
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
/** What the pool and what selfheal makes of it have in common. */
export type Database = Pick<pg.Pool, 'query'>
export interface Unpaid {
  readonly orderId: number
  readonly priceCents: number
}
export type Reserved =
  | ({ readonly is: 'reserved' } & Unpaid)
  | { readonly is: 'already'; readonly orderId: number; readonly state: OrderState }
  | { readonly is: 'sold' | 'yours' | 'missing' }

/** Keeps it for its buyer until it is paid. Buying what one has bought already gives that order, so that asking again is safe. */
export async function reserve(pool: Database, buyer: string, listingId: number): Promise<Reserved> {
  const { rows } = await pool.query<Unpaid>(
    `insert into orders (listing_id, buyer, price_cents, state) select id, $2, price_cents, 'paying' from listings where id = $1 and seller <> $2
     on conflict (listing_id) where state <> 'cancelled' do nothing returning id as "orderId", price_cents as "priceCents"`,
    [listingId, buyer],
  )
  if (rows[0] !== undefined) return { is: 'reserved', ...rows[0] }
  const live = await pool.query<{ id: number; mine: boolean; state: OrderState }>(
    `select id, buyer = $2 as mine, state from orders where listing_id = $1 and state <> 'cancelled'`,
    [listingId, buyer],
  )
  const order = live.rows[0]
  if (order !== undefined) return order.mine ? { is: 'already', orderId: order.id, state: order.state } : { is: 'sold' }
  const listing = await readListing(pool, buyer, listingId)
  if (listing === undefined) return { is: 'missing' }
  return { is: listing.yours ? 'yours' : 'sold' }
}

/** The payment is decided. Saying it twice does no harm. */
export async function settle(
  pool: Database,
  orderId: number,
  paid: { readonly provider: string; readonly id: string } | 'unpaid',
): Promise<void> {
  const values = paid === 'unpaid' ? ['cancelled', null, null] : ['placed', paid.provider, paid.id]
  await pool.query(
    `update orders set state = $2, paid_by = $3, payment = $4, changed_at = now() where id = $1 and state = 'paying'`,
    [orderId, ...values],
  )
}

/** Orders whose payment nobody is waiting for any more: their process ended, or the provider's answer was lost. */
export async function unpaid(pool: Database): Promise<readonly Unpaid[]> {
  const { rows } = await pool.query<Unpaid>(
    `select id as "orderId", price_cents as "priceCents" from orders
     where state = 'paying' and placed_at < now() - interval '15 seconds' order by id limit 100`,
  )
  return rows
}

export async function ordersOf(pool: Database, buyer: string): Promise<Order[]> {
  const { rows } = await pool.query<Order>(
    `select o.id, o.listing_id as "listingId", l.title, l.picture, l.place, l.seller_name as "sellerName",
       o.price_cents as "priceCents", o.state, o.placed_at as "placedAt"
     from orders o join listings l on l.id = o.listing_id where o.buyer = $1 order by o.id desc limit 100`,
    [buyer],
  )
  return rows
}

/** Ends a placed order. True also when it is in that state already; false: there is no such order, or it ended otherwise. */
export async function endOrder(
  pool: Database,
  buyer: string,
  orderId: number,
  state: 'received' | 'cancelled',
): Promise<boolean> {
  const { rowCount } = await pool.query(
    `update orders set state = $3, changed_at = case when state = $3 then changed_at else now() end
     where id = $1 and buyer = $2 and state in ('placed', $3)`,
    [orderId, buyer, state],
  )
  return rowCount === 1
}
