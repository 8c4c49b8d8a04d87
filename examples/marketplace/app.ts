// The marketplace: second-hand things, bought and sold. Boots, listens, brings its database up to date when it is there, and closes
// decently. What can break, and how it heals, stands in heal.ts. Env: PORT, HOST, DATABASE_URL; MARKETPLACE_BREAK=1 adds the routes that
// break it on purpose.
import { networkInterfaces } from 'node:os'
import Fastify from 'fastify'
import { fastifyAdmission, fastifyHandler, fastifyReadOnly } from 'selfheal/inbound'
import { breakRoutes } from './break.routes.ts'
import { isDatabaseTrouble } from './database-trouble.ts'
import { shop } from './heal.ts'
import { pageRoutes } from './page.routes.ts'
import { routes } from './routes.ts'

const production = process.env.NODE_ENV === 'production'
const port = Number(process.env.PORT ?? 3000)
const hasIPv6 = Object.values(networkInterfaces()).some(list => list?.some(one => one.family === 'IPv6'))
const host = process.env.HOST ?? (hasIPv6 ? '::' : '0.0.0.0')

const { heal, rule, door, pool, ...parts } = await shop(process.env)

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
app.addHook('onRequest', fastifyAdmission(door))
app.addHook('onRequest', fastifyReadOnly(rule))
app.addHook('preClose', async () => heal.modes.close())
app.addHook('onClose', async () => {
  await heal[Symbol.asyncDispose]()
  await pool.end()
})

await app.register(pageRoutes, { firstState: heal.modes.script })
await app.register(routes, parts)
if (process.env.MARKETPLACE_BREAK === '1') {
  if (production) throw new Error('MARKETPLACE_BREAK=1 is for development: unset it, or NODE_ENV=production.')
  await app.register(breakRoutes, parts)
}

for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void app.close().then(() => process.exit(0)))

await app.listen({ port, host })
console.log(`Marketplace on http://localhost:${port}`)
