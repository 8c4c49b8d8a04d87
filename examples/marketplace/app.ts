// The marketplace: second-hand things, bought and sold. Boots, brings its database up to date, listens, and closes decently.
// Env: PORT, HOST, DATABASE_URL; MARKETPLACE_BREAK=1 adds the routes that break it on purpose.
import { networkInterfaces } from 'node:os'
import Fastify from 'fastify'
import pg from 'pg'
import { selfheal } from 'selfheal'
import { settableNeed } from 'selfheal/core'
import { fastifyHandler, fastifyReadOnly } from 'selfheal/inbound'
import { breakRoutes } from './break.routes.ts'
import { databaseNeed } from './database-need.ts'
import { isDatabaseTrouble } from './database-trouble.ts'
import { features } from './features.ts'
import { migrate } from './migrate.ts'
import { pageRoutes } from './page.routes.ts'
import { routes } from './routes.ts'

const production = process.env.NODE_ENV === 'production'
const port = Number(process.env.PORT ?? 3000)
const hasIPv6 = Object.values(networkInterfaces()).some(list => list?.some(one => one.family === 'IPv6'))
const host = process.env.HOST ?? (hasIPv6 ? '::' : '0.0.0.0')

const pool = new pg.Pool({
  connectionString: process.env.DATABASE_URL ?? 'postgres://marketplace@127.0.0.1:5432/marketplace',
  application_name: 'marketplace',
  max: 10,
  connectionTimeoutMillis: 2_000,
  idleTimeoutMillis: 30_000,
  lock_timeout: 2_000,
  statement_timeout: 4_000,
  query_timeout: 5_000,
  idle_in_transaction_session_timeout: 10_000,
  keepAlive: true,
})
// An idle connection that the database drops is replaced by the pool; without a listener it would end the process.
pool.on('error', () => {})

// What visitors can do goes with what it needs: the page is told before anybody clicks.
const heal = selfheal()
const payments = settableNeed('payments', { usable: 'full', state: 'up', causes: [], since: Date.now() })
const { rule } = features(heal, { database: databaseNeed(pool), payments })

const app = Fastify({
  bodyLimit: 64 * 1024,
  requestTimeout: 30_000,
  return503OnClosing: false,
  routerOptions: { maxParamLength: 200 },
})

app.setErrorHandler((error: Error & { statusCode?: number }, request, reply) => {
  if (isDatabaseTrouble(error)) {
    reply
      .code(503)
      .header('retry-after', '1')
      .send({ error: 'Our records can’t be reached just now. Please try again in a moment.' })
    return
  }
  const status = error.statusCode ?? 500
  if (status >= 500) console.error(`${request.method} ${request.routeOptions.url ?? 'unknown route'}`, error)
  reply.code(status).send({ error: status >= 500 ? 'Something went wrong on our side.' : error.message })
})
app.addHook('onRequest', fastifyHandler(heal.modes.handler))
app.addHook('onRequest', fastifyReadOnly(rule))
app.addHook('preClose', async () => heal.modes.close())
app.addHook('onClose', async () => {
  await heal[Symbol.asyncDispose]()
  await pool.end()
})

await app.register(pageRoutes, { firstState: heal.modes.script })
await app.register(routes, { pool })
if (process.env.MARKETPLACE_BREAK === '1') {
  if (production) throw new Error('MARKETPLACE_BREAK=1 is for development: unset it, or NODE_ENV=production.')
  await app.register(breakRoutes)
}

for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void app.close().then(() => process.exit(0)))

await migrate(pool)
await app.listen({ port, host })
console.log(`Marketplace on http://localhost:${port}`)
