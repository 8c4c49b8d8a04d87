// What visitors of the marketplace do while it is drilled.
import { randomUUID } from 'node:crypto'
import { journey, type Visitor } from 'selfheal/drill'

/** Looks around, reads one thing. */
const browse = journey(
  'browse',
  async visitor => {
    const { json } = await visitor.get('/api/listings', {
      check: ({ json }) => json.listings.length > 0 || 'nothing is for sale',
    })
    await visitor.think('200ms')
    await visitor.get(`/api/listings/${json.listings[0].id}`, { check: ({ json }) => json.title.length > 0 })
  },
  { weight: 6 },
)

/** Puts something up for sale. */
const sell = journey('sell', async visitor => void (await offer(visitor)), { weight: 2 })

/** Buys what somebody has just put up, and finds it among their orders. */
const buy = journey(
  'buy',
  async visitor => {
    const id = await offer(visitor.another())
    await visitor.get(`/api/listings/${id}`)
    await visitor.think('100ms')
    await visitor.post(`/api/listings/${id}/buy`, {}, { writes: { what: `order of ${id}`, count: () => ordersOf(visitor, id) } })
  },
  { weight: 2 },
)

export const journeys = [browse, sell, buy]

async function offer(seller: Visitor): Promise<number> {
  const key = randomUUID()
  const title = `Lamp ${key.slice(0, 13)}`
  const { json } = await seller.post(
    '/api/listings',
    {
      title,
      description: '',
      price: '12',
      category: 'home',
      condition: 'Good',
      place: 'Dublin',
      sellerName: 'Drill',
      picture: 'lamp',
    },
    { headers: { 'idempotency-key': key }, writes: { what: title, count: () => offersOf(seller, title) } },
  )
  return json.id
}

async function offersOf(seller: Visitor, title: string): Promise<number> {
  const { json } = await seller.look('/api/orders')
  return json.selling.filter((one: { title: string }) => one.title === title).length
}

async function ordersOf(buyer: Visitor, listing: number): Promise<number> {
  const { json } = await buyer.look('/api/orders')
  return json.bought.filter((one: { listingId: number; state: string }) => one.listingId === listing && one.state !== 'cancelled')
    .length
}
