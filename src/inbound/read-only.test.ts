import assert from 'node:assert/strict'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { serve } from '@hono/node-server'
import express from 'express'
import Fastify from 'fastify'
import { Hono } from 'hono'
import { isConfigError, type Reading, settableNeed } from '../core/index.ts'
import {
  expressReadOnly,
  fastifyReadOnly,
  honoReadOnly,
  nodeReadOnly,
  type ReadOnly,
  type Refused,
  readOnly,
  withReadOnly,
} from './index.ts'

const FULL: Reading = { usable: 'full', state: 'up', causes: [], since: 0 }
const cause = { code: 'PG_DOWN', says: 'connect ECONNREFUSED 10.0.0.5:5432', since: 7 }
const READ: Reading = { usable: 'read', state: 'readonly', causes: [cause], since: 7 }
const NONE: Reading = { usable: 'none', state: 'down', causes: [cause], since: 7 }
const world = (allow: readonly string[] = []) => {
  const app = settableNeed('app', FULL)
  const buy = settableNeed('buy', FULL)
  const rule = readOnly({ need: app, routes: { 'POST /api/listings/:id/buy': buy, '/wallet/*': buy }, allow })
  return { app, buy, rule }
}

test('writes are refused while the app is read-only or off, and reads go on', () => {
  const { app, rule } = world()
  for (const method of ['GET', 'POST', 'DELETE', 'BREW']) assert.equal(rule.refuse(method, '/x'), undefined)
  for (const reading of [READ, NONE]) {
    app.set(reading)
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE', 'BREW', 'post'])
      assert.equal(rule.refuse(method, '/x')?.status, 503, method)
    for (const method of ['GET', 'HEAD', 'OPTIONS']) assert.equal(rule.refuse(method, '/x'), undefined, method)
  }
})

test('a route goes with its feature: read-only refuses its writes, off refuses it whole, and no other route is touched', () => {
  const { buy, rule } = world()
  buy.set(READ)
  assert.equal(rule.refuse('POST', '/api/listings/7/buy?x=1')?.problem.code, 'SELFHEAL_READ_ONLY')
  assert.equal(rule.refuse('GET', '/wallet/cards'), undefined)
  buy.set(NONE)
  assert.equal(rule.refuse('GET', '/wallet/cards')?.problem.code, 'SELFHEAL_FEATURE_OFF')
  for (const [method, url] of [
    ['POST', '/api/listings'],
    ['POST', '/api/listings/7/8/buy'],
    ['GET', '/api/listings/7/buy'],
    ['GET', '/wallets'],
  ] as const)
    assert.equal(rule.refuse(method, url), undefined, url)
})

test('the answer is a problem that says why, never how we are built, and is kept by no cache', () => {
  const { app, rule } = world()
  app.set(READ)
  const { headers, problem } = rule.refuse('POST', '/x') as Refused
  assert.equal(headers['content-type'], 'application/problem+json')
  assert.equal(headers['cache-control'], 'no-store')
  assert.deepEqual([problem.status, problem.code, problem.feature], [503, 'SELFHEAL_READ_ONLY', 'app'])
  assert.deepEqual(problem.causes, [{ code: 'PG_DOWN', says: '', since: 7 }])
  assert.doesNotMatch(JSON.stringify(problem), /10\.0\.0\.5/)
  assert.match(problem.detail, /Nothing was done/)
})

test('those refused together are asked to come back apart, and not before it can be well', () => {
  const wall = Date.now()
  const clock = { now: () => 0, wall: () => wall, after: () => () => {} }
  const app = settableNeed('app', { ...READ, backAt: wall + 20_000 })
  const seconds = [0, 0.25, 0.5, 0.75, 0.999].map(chance => {
    const rule = readOnly({ need: app, clock, random: () => chance })
    return Number(rule.refuse('POST', '/x')!.headers['retry-after'])
  })
  assert.equal(new Set(seconds).size, 5)
  assert.ok(
    seconds.every(one => one >= 20 && one <= 40),
    String(seconds),
  )
})

test('what is declared is let through, and nothing that only looks like it', () => {
  const { app, rule } = world(['POST /login', '/webhooks/*'])
  app.set(READ)
  for (const [method, url] of [
    ['POST', '/login'],
    ['POST', '/login?next=/sell'],
    ['PUT', '/webhooks/stripe'],
  ] as const)
    assert.equal(rule.refuse(method, url), undefined, url)
  for (const [method, url] of [
    ['DELETE', '/login'],
    ['POST', '/login/x'],
    ['POST', '/logins'],
    ['POST', '/webhooks/../api/listings'],
    ['POST', '/webhooks/%2e%2e/api/listings'],
    ['POST', '/webhooks%2f..%2fapi'],
    ['POST', '/x?/login'],
  ] as const)
    assert.equal(rule.refuse(method, url)?.status, 503, url)
})

test('a rule that could never refuse, and paths that are none, are refused themselves', () => {
  assert.throws(() => readOnly({}), isConfigError)
  assert.throws(
    () => readOnly({ need: settableNeed('a', FULL), allow: ['login', 'POST  /x', '/a*b/c'] }),
    error => isConfigError(error) && error.faults.length === 3,
  )
})

// ── The same over each framework, on real sockets: the handler runs for reads, and never for a refused write.

const frameworks: Readonly<Record<string, (rule: ReadOnly, handled: () => void) => Promise<{ port: number; close(): unknown }>>> =
  {
    async 'node:http'(rule, handled) {
      const refused = nodeReadOnly(rule)
      return listen((request, response) => {
        if (refused(request, response)) return
        handled()
        response.end('done')
      })
    },
    async Express(rule, handled) {
      const app = express()
      const router = express.Router()
      router.use(expressReadOnly(rule))
      router.use(express.json())
      router.all('/x', (_request, response) => {
        handled()
        response.send('done')
      })
      app.use('/deep', router)
      return listen(app)
    },
    async Fastify(rule, handled) {
      const app = Fastify()
      app.addHook('onRequest', fastifyReadOnly(rule))
      app.addHook('onSend', async (_request, reply) => void reply.header('x-own-hook', 'seen'))
      app.all('/deep/x', async () => {
        handled()
        return 'done'
      })
      await app.listen({ port: 0, host: '127.0.0.1' })
      return { port: (app.server.address() as AddressInfo).port, close: () => app.close() }
    },
    async Hono(rule, handled) {
      const app = new Hono()
      app.use(honoReadOnly(rule))
      app.all('/deep/x', context => {
        handled()
        return context.text('done')
      })
      return new Promise(resolve => {
        const server = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, ({ port }) =>
          resolve({ port, close: () => server.close() }),
        )
      })
    },
  }

for (const [name, start] of Object.entries(frameworks)) {
  test(`under ${name} a write is refused before its handler, a read is not, and all is as before afterwards`, async () => {
    const app = settableNeed('app', FULL)
    let handled = 0
    const { port, close } = await start(readOnly({ need: app, routes: { 'PUT /deep/x': app } }), () => handled++)
    const ask = (method: string) =>
      fetch(`http://127.0.0.1:${port}/deep/x`, {
        method,
        ...(method === 'GET'
          ? {}
          : { body: JSON.stringify({ much: 'x'.repeat(200_000) }), headers: { 'content-type': 'application/json' } }),
      })
    try {
      app.set(READ)
      assert.equal((await ask('GET')).status, 200)
      for (const method of ['POST', 'PUT']) {
        const refused = await ask(method)
        assert.equal(refused.status, 503)
        assert.match(refused.headers.get('content-type') ?? '', /^application\/problem\+json/)
        assert.ok(Number(refused.headers.get('retry-after')) >= 1)
        assert.equal(refused.headers.get('cache-control'), 'no-store')
        assert.equal(((await refused.json()) as { code: string }).code, 'SELFHEAL_READ_ONLY')
        if (name === 'Fastify') assert.equal(refused.headers.get('x-own-hook'), 'seen')
      }
      assert.equal(handled, 1)
      app.set(FULL)
      assert.equal((await ask('POST')).status, name === 'Express' ? 413 : 200)
    } finally {
      await close()
    }
  })
}

test('a Next.js route handler is wrapped: the write is refused, its context comes through', async () => {
  const { app, rule } = world()
  const POST = withReadOnly(
    rule,
    async (_request: Request, context: { params: { id: string } }) => new Response(context.params.id),
  )
  const asked = () => POST(new Request('http://shop/api/listings', { method: 'POST' }), { params: { id: '7' } })
  assert.equal(await (await asked()).text(), '7')
  app.set(READ)
  assert.equal((await asked()).status, 503)
})

function listen(listener: RequestListener): Promise<{ port: number; close(): unknown }> {
  return new Promise(resolve => {
    const server = createServer(listener).listen(0, '127.0.0.1', () => {
      resolve({ port: (server.address() as AddressInfo).port, close: () => server.close() })
    })
  })
}
