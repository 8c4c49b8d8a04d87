// Ways to break the app on purpose, for development: registered only with MARKETPLACE_BREAK=1, answered only to this machine, and
// never to another site's page.
import type { FastifyPluginAsync } from 'fastify'

const LOOPBACK = /^(::1|(::ffff:)?127\.)/

export const breakRoutes: FastifyPluginAsync = async app => {
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
}
