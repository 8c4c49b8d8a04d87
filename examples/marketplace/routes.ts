// The marketplace's API, and its health. Who a visitor is, a cookie says; there are no accounts.
import type { FastifyPluginAsync } from 'fastify'
import type pg from 'pg'
import { CATEGORIES, CONDITIONS } from './categories.ts'
import { findListings, listingsOf, offerListing, PAGE_SIZE, readListing, type Search, searchWords } from './listings.ts'
import { buy, endOrder, ordersOf } from './orders.ts'
import { PICTURES } from './picture.ts'
import { readSellForm } from './sell-form.ts'
import { UUID, visitorOf } from './visitor.ts'

const MAX_ID = 2 ** 31 - 1
const REFUSALS = {
  sold: [409, 'Somebody was quicker: this is sold.'],
  yours: [409, 'This is your own listing.'],
  missing: [404, 'This listing is gone.'],
} as const

export const routes: FastifyPluginAsync<{ pool: pg.Pool }> = async (app, { pool }) => {
  app.get('/health', async () => ({ ok: true, pid: process.pid, upSeconds: Math.round(process.uptime()) }))

  app.get('/api/choices', async () => ({ categories: CATEGORIES, conditions: CONDITIONS, pictures: PICTURES }))

  app.get('/api/listings', async (request, reply) => {
    const search = readSearch(request.query as Record<string, unknown>)
    const { listings, total } = await findListings(pool, visitorOf(request, reply), search)
    return { listings, total, page: search.page, pages: Math.max(1, Math.ceil(total / PAGE_SIZE)) }
  })

  app.get<{ Params: { id: string } }>('/api/listings/:id', async (request, reply) => {
    const id = idOf(request.params.id)
    const listing = id === undefined ? undefined : await readListing(pool, visitorOf(request, reply), id)
    return listing ?? reply.code(404).send({ error: 'This listing is gone.' })
  })

  app.post('/api/listings', async (request, reply) => {
    const key = request.headers['idempotency-key']
    if (typeof key !== 'string' || !UUID.test(key))
      return reply.code(400).send({ error: 'The Idempotency-Key header must be a UUID.' })
    const form = readSellForm(request.body)
    if ('faults' in form) return reply.code(400).send({ error: 'Please look at the marked fields.', fields: form.faults })
    const id = await offerListing(pool, visitorOf(request, reply), key, form.offer)
    return reply.code(201).send({ id })
  })

  app.post<{ Params: { id: string } }>('/api/listings/:id/buy', async (request, reply) => {
    const id = idOf(request.params.id)
    const bought = id === undefined ? ({ is: 'missing' } as const) : await buy(pool, visitorOf(request, reply), id)
    if ('orderId' in bought) return reply.code(bought.is === 'placed' ? 201 : 200).send({ order: bought.orderId })
    const [status, error] = REFUSALS[bought.is]
    return reply.code(status).send({ error })
  })

  app.get('/api/orders', async (request, reply) => {
    const visitor = visitorOf(request, reply)
    const [bought, selling] = await Promise.all([ordersOf(pool, visitor), listingsOf(pool, visitor)])
    return { bought, selling }
  })

  for (const [verb, state] of [
    ['receive', 'received'],
    ['cancel', 'cancelled'],
  ] as const)
    app.post<{ Params: { id: string } }>(`/api/orders/:id/${verb}`, async (request, reply) => {
      const id = idOf(request.params.id)
      const done = id !== undefined && (await endOrder(pool, visitorOf(request, reply), id, state))
      return done ? { state } : reply.code(409).send({ error: 'This order can’t be changed any more.' })
    })
}

/** A search is never refused: what is odd in it is left out. */
function readSearch(query: Record<string, unknown>): Search {
  const one = (name: string) => String((Array.isArray(query[name]) ? query[name][0] : query[name]) ?? '')
  const category = one('category')
  const sort = one('sort')
  const page = Number(one('page'))
  return {
    words: searchWords(one('q')),
    category: Object.hasOwn(CATEGORIES, category) ? category : undefined,
    sort: sort === 'cheapest' || sort === 'dearest' ? sort : 'newest',
    page: Number.isInteger(page) && page >= 1 && page <= 1_000 ? page : 1,
  }
}

function idOf(text: string): number | undefined {
  const id = /^\d{1,10}$/.test(text) ? Number(text) : 0
  return id >= 1 && id <= MAX_ID ? id : undefined
}
