// The marketplace's API, and its health. Who a visitor is, a cookie says; there are no accounts.
import { setTimeout as wait } from 'node:timers/promises'
import type { FastifyPluginAsync } from 'fastify'
import { CATEGORIES, CONDITIONS } from './categories.ts'
import { type Payments, pay } from './checkout.ts'
import { isDatabaseTrouble } from './database-trouble.ts'
import type { LastKnown } from './last-known.ts'
import { findListings, listingsOf, offerListing, PAGE_SIZE, readListing, type Search, searchWords } from './listings.ts'
import { type Database, endOrder, ordersOf, reserve, settle } from './orders.ts'
import { SHARED } from './page.routes.ts'
import { PICTURES } from './picture.ts'
import type { PriceWatch } from './price-watch.ts'
import type { Seen } from './seen.ts'
import { readSellForm } from './sell-form.ts'
import type { Suggestions } from './suggestions.ts'
import { knownVisitor, STRANGER, UUID, visitorOf } from './visitor.ts'

const MAX_ID = 2 ** 31 - 1
/** Who only looks does not wait longer for a database that does not answer. */
const LOOK_MS = 400
const LATE = Symbol('late')
const REFUSALS = {
  sold: [409, 'Somebody was quicker: this is sold.'],
  yours: [409, 'This is your own listing.'],
  missing: [404, 'This listing is gone.'],
} as const

export interface Shop {
  readonly db: Database
  /** Undefined: nobody pays here, as in a trial without providers. */
  readonly payments: Payments | undefined
  readonly known: LastKnown
  readonly prices: PriceWatch
  readonly words: Suggestions
  readonly seen: Seen
}

export const routes: FastifyPluginAsync<Shop> = async (app, { db, payments, known, prices, words, seen }) => {
  /** What the database says; while it is away, or late, what was last known, with its age. */
  const orLastKnown = async <T>(ask: () => Promise<T>, last: () => T | undefined): Promise<T> => {
    const asked = ask()
    const patience = new AbortController()
    try {
      const first = await Promise.race([asked, wait(LOOK_MS, LATE, { signal: patience.signal })])
      if (first !== LATE) return first as T
      const found = last()
      if (found === undefined) return await asked
      // It goes on: how it ends is for the database's health to know.
      asked.catch(() => {})
      return found
    } catch (error) {
      const found = isDatabaseTrouble(error) ? last() : undefined
      if (found === undefined) throw error
      return found
    } finally {
      patience.abort()
    }
  }

  app.get('/health', async () => ({ ok: true, pid: process.pid, upSeconds: Math.round(process.uptime()) }))

  app.get('/api/choices', async (_, reply) => {
    reply.header('cache-control', SHARED)
    return { categories: CATEGORIES, conditions: CONDITIONS, pictures: PICTURES }
  })

  app.get('/api/listings', async (request, reply) => {
    const search = readSearch(request.query as Record<string, unknown>)
    reply.header('cache-control', SHARED)
    const found = await orLastKnown(
      () => findListings(db, STRANGER, search),
      () => known.find(STRANGER, search),
    )
    return { ...found, page: search.page, pages: Math.max(1, Math.ceil(found.total / PAGE_SIZE)) }
  })

  app.get<{ Querystring: { q?: string } }>('/api/suggestions', async request => ({
    words: words.startingWith(String(request.query.q ?? '').slice(0, 80)),
  }))

  app.get<{ Params: { id: string } }>('/api/listings/:id', async (request, reply) => {
    const id = idOf(request.params.id)
    const visitor = knownVisitor(request)
    reply.header('cache-control', 'private, no-cache')
    const listing =
      id === undefined
        ? undefined
        : await orLastKnown(
            () => readListing(db, visitor, id),
            () => known.read(visitor, id),
          )
    if (listing === undefined) return reply.code(404).send({ error: 'This listing is gone.' })
    const usual = prices.usual(listing.category)
    const looks = await seen.look(listing.id)
    return {
      ...listing,
      ...(usual === undefined ? {} : { usualCents: usual }),
      ...(looks === undefined ? {} : { looks }),
    }
  })

  app.post('/api/listings', async (request, reply) => {
    const key = request.headers['idempotency-key']
    if (typeof key !== 'string' || !UUID.test(key))
      return reply.code(400).send({ error: 'The Idempotency-Key header must be a UUID.' })
    const form = readSellForm(request.body)
    if ('faults' in form) return reply.code(400).send({ error: 'Please look at the marked fields.', fields: form.faults })
    const id = await offerListing(db, visitorOf(request, reply), key, form.offer)
    return reply.code(201).send({ id })
  })

  app.post<{ Params: { id: string } }>('/api/listings/:id/buy', async (request, reply) => {
    const id = idOf(request.params.id)
    const reserved = id === undefined ? ({ is: 'missing' } as const) : await reserve(db, visitorOf(request, reply), id)
    if (reserved.is === 'already')
      return reply.code(reserved.state === 'paying' ? 202 : 200).send({ order: reserved.orderId, state: reserved.state })
    if (reserved.is !== 'reserved') {
      const [status, error] = REFUSALS[reserved.is]
      return reply.code(status).send({ error })
    }
    const order = reserved.orderId
    if (payments === undefined) {
      await settle(db, order, { provider: 'none', id: '' })
      return reply.code(201).send({ order, state: 'placed' })
    }
    const checked = await pay(db, payments, reserved)
    if (checked.is === 'declined') return reply.code(402).send({ error: `Your card was declined: ${checked.says}` })
    if (checked.is === 'unpaid')
      return reply.code(503).header('retry-after', '5').send({ error: 'Nobody can take payments just now. Nothing was charged.' })
    return checked.is === 'pending'
      ? reply.code(202).send({ order, state: 'paying' })
      : reply.code(201).send({ order, state: 'placed' })
  })

  app.get('/api/orders', async (request, reply) => {
    const visitor = visitorOf(request, reply)
    const [bought, selling] = await Promise.all([ordersOf(db, visitor), listingsOf(db, visitor)])
    return { bought, selling }
  })

  for (const [verb, state] of [
    ['receive', 'received'],
    ['cancel', 'cancelled'],
  ] as const)
    app.post<{ Params: { id: string } }>(`/api/orders/:id/${verb}`, async (request, reply) => {
      const id = idOf(request.params.id)
      const done = id !== undefined && (await endOrder(db, visitorOf(request, reply), id, state))
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
