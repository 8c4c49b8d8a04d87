// Ways to break the app on purpose, for development: registered only with MARKETPLACE_BREAK=1, answered only to this machine, and
// never to another site's page.
import type { FastifyPluginAsync } from 'fastify'

import type { PriceWatch } from './price-watch.ts'
import type { Suggestions } from './suggestions.ts'

/** Where the payment simulators are told how to misbehave. */
const ADMIN: Readonly<Record<string, string | undefined>> = {
  stripe: process.env.STRIPE_ADMIN,
  braintree: process.env.BRAINTREE_ADMIN,
}
const LOOPBACK = /^(::1|(::ffff:)?127\.)/

export const breakRoutes: FastifyPluginAsync<{ prices: PriceWatch; words: Suggestions }> = async (app, { prices, words }) => {
  app.addHook('onRequest', async (request, reply) => {
    const site = request.headers['sec-fetch-site'] ?? 'none'
    const here = LOOPBACK.test(request.ip) && (site === 'none' || site === 'same-origin')
    if (!here) return reply.code(403).send({ error: 'Breaking is done from this machine only.' })
  })

  app.post('/__break/throw', async (_request, reply) => {
    setTimeout(() => {
      throw new Error('Broken on purpose: an error nobody catches')
    }, 5)
    return reply.code(202).send({ breaks: 'throw' })
  })

  app.post('/__break/reject', async (_request, reply) => {
    setTimeout(() => void Promise.reject(new Error('Broken on purpose: a rejection nobody handles')), 5)
    return reply.code(202).send({ breaks: 'reject' })
  })

  app.post('/__break/hang', async () => {
    for (;;);
  })

  app.post('/__break/leak', async (_request, reply) => {
    const kept: unknown[] = []
    const leak = () => {
      for (let i = 0; i < 20_000; i++) kept.push({ at: performance.now(), text: `kept for ever, number ${kept.length}` })
      setImmediate(leak)
    }
    setImmediate(leak)
    return reply.code(202).send({ breaks: 'leak' })
  })

  app.post('/__break/exit', async (_request, reply) => {
    setTimeout(() => process.exit(1), 5)
    return reply.code(202).send({ breaks: 'exit' })
  })

  app.post('/__break/poller', async (_request, reply) => {
    prices.break()
    return reply.code(202).send({ breaks: 'poller' })
  })

  app.post('/__break/compute', async (_request, reply) => {
    words.rebuild(true).catch(() => {})
    return reply.code(202).send({ breaks: 'compute' })
  })

  app.post<{ Params: { name: string; mode: string } }>('/__break/provider/:name/:mode', async (request, reply) => {
    const port = ADMIN[request.params.name]
    if (port === undefined) return reply.code(404).send({ error: 'No such simulator here.' })
    const answer = await fetch(`http://127.0.0.1:${port}/switch`, {
      method: 'POST',
      body: JSON.stringify({ mode: request.params.mode }),
      signal: AbortSignal.timeout(3_000),
    })
    return reply.code(answer.status).send(await answer.json())
  })
}
