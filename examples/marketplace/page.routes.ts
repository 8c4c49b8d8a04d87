// The page and its pictures. Files are read once, at boot; every address a visitor can bookmark gives the same page.
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { extname } from 'node:path'
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import { isPicture, picture } from './picture.ts'

const FOLDER = new URL('./page/', import.meta.url)
const TYPES: Readonly<Record<string, string>> = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml; charset=utf-8',
}
/** The same for everybody, asked anew each time; it may be shown again while the app is down. */
export const SHARED = 'public, max-age=0'
const POLICY = "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

/** `firstState`: what the page is told with itself, so that nothing flickers. */
export const pageRoutes: FastifyPluginAsync<{ firstState: () => string }> = async (app, { firstState }) => {
  const [head = '', body = ''] = readFileSync(new URL('index.html', FOLDER), 'utf8').split('  </head>')
  const page = (_: FastifyRequest, reply: FastifyReply) =>
    reply
      .type('text/html; charset=utf-8')
      .header('content-security-policy', POLICY)
      .header('cache-control', SHARED)
      .send(`${head}  ${firstState()}\n  </head>${body}`)
  for (const path of ['/', '/sell', '/orders', '/listing/:id']) app.get(path, page)
  app.setNotFoundHandler((request, reply) => {
    reply.code(404)
    const forPeople = request.method === 'GET' && request.headers.accept?.includes('text/html')
    return forPeople ? page(request, reply) : reply.send({ error: 'There is nothing here.' })
  })

  for (const name of readdirSync(FOLDER)) {
    const type = TYPES[extname(name)]
    if (type === undefined) continue
    const body = readFileSync(new URL(name, FOLDER))
    const etag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 16)}"`
    app.get(`/page/${name}`, async (request, reply) => {
      reply.header('etag', etag).header('cache-control', SHARED)
      return request.headers['if-none-match'] === etag ? reply.code(304).send() : reply.type(type).send(body)
    })
  }
  app.get('/favicon.ico', async (_request, reply) => reply.redirect('/page/icon.svg'))

  app.get<{ Params: { kind: string; seed: string } }>('/pictures/:kind/:seed', async (request, reply) => {
    const { kind, seed } = request.params
    if (!isPicture(kind)) return reply.code(404).send({ error: 'There is no such picture.' })
    const svg = picture(kind, Number.parseInt(seed, 10) || 0)
    return reply.type(TYPES['.svg']!).header('cache-control', 'public, max-age=86400').send(svg)
  })
}
