// What can break here, and how it heals: all of selfheal that this app says. The rest of the code is what any marketplace would be.
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { Redis } from 'ioredis'
import pg from 'pg'
import { selfheal } from 'selfheal'
import { postgres, redis } from 'selfheal/dependency'
import { readOnly } from 'selfheal/inbound'
import { decided, finish } from './checkout.ts'
import { lastKnown } from './last-known.ts'
import { migrate } from './migrate.ts'
import { dataFolder } from './postgres/place.ts'
import { priceWatch } from './price-watch.ts'
import { providers } from './providers.ts'
import type { Texts, Words } from './search-words.ts'
import { seenIn, unseen } from './seen.ts'
import { suggestions } from './suggestions.ts'

const BOOT_MS = 3_000

export async function shop(env: NodeJS.ProcessEnv) {
  const heal = selfheal()

  // ── The database: its connections are ended while it is sick, and come back with it
  const pool = new pg.Pool({
    connectionString: env.DATABASE_URL ?? 'postgres://marketplace@127.0.0.1:5432/marketplace',
    application_name: 'marketplace',
    max: 10,
  })
  const db = heal.dependency(postgres(pool), { name: 'database' })

  // ── Payments: the second provider takes over, and nobody is charged twice
  const both = providers(env)
  const payments = both && heal.failover('payments', { providers: both, decided: intent => decided(db, intent) })

  // ── What visitors can do, and what it needs. Looking needs nothing: there is what was last known.
  heal.feature('browse', { needs: [], onlyReads: true })
  const sell = heal.feature('sell', { needs: [db.heal.writable], otherwise: 'readonly' })
  const buy = heal.feature('buy', { needs: payments === undefined ? [db.heal.writable] : [db.heal.writable, payments] })
  const rule = readOnly({
    need: heal.modes.app,
    routes: { 'POST /api/listings': sell, 'POST /api/listings/:id/buy': buy, 'POST /api/orders/*': sell },
  })

  // ── How often a thing was looked at: where there is a Redis, and while it is well
  const client = env.REDIS_URL === undefined ? undefined : new Redis(env.REDIS_URL, { lazyConnect: true })
  const cache = client && heal.dependency(redis(client), { name: 'cache' })
  const counted = cache && heal.feature('seen', { needs: [cache.heal.writable] })
  const seen = cache && counted ? seenIn(cache, () => counted.mode() === 'on') : unseen

  // ── A spike: who can't be served in time is told at once, and paying goes before looking
  const door = heal.admission({
    never: ['/__break/*', '/page/*'],
    priority: ({ method, url }) => (method === 'POST' ? 'critical' : url.startsWith('/api/') ? 'default' : 'sheddable'),
  })

  // ── Long work in a thread, ended when it takes too long
  const index = heal.compute<Texts, Words>(new URL('./search-words.ts', import.meta.url), { name: 'search-index', timeout: '3s' })

  // ── What runs beside the requests: each comes back by itself
  const known = lastKnown(db, join(dataFolder, 'last-known.json'))
  const prices = priceWatch(db)
  const words = suggestions(db, index)
  const needs = [db.heal.readable]
  // A database that is away at boot is brought up to date when it is back; people look around meanwhile.
  const upToDate = Promise.withResolvers<void>()
  await heal.supervise('migrations', () => migrate(db).then(upToDate.resolve), { restart: 'transient', needs })
  await Promise.race([upToDate.promise, wait(BOOT_MS)])
  await heal.supervise('last-known', life => known.keep(life.signal))
  await heal.supervise('price-watch', life => prices.poll(life.signal), { needs })
  await heal.supervise('search-words', life => words.keep(life.signal), { needs })
  if (payments !== undefined) await heal.supervise('finish-orders', life => finish(db, payments, life.signal))

  return { heal, pool, rule, door, db, payments, known, prices, words, index, seen }
}
