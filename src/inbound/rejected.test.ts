import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import express, { type ErrorRequestHandler } from 'express'
import Fastify from 'fastify'
import { Hono } from 'hono'
import { RejectedError } from '../core/index.ts'
import { guard, limit } from '../policy/index.ts'
import { rejectedAnswer } from './index.ts'

const OPEN = new RejectedError('database failed too often lately', {
  code: 'SELFHEAL_BREAKER_OPEN',
  policy: 'breaker',
  key: 'postgres://10.0.0.5',
  ran: 'no',
  retryAfterMs: 3_500,
  hint: 'look at 10.0.0.5',
})

test('our own refusal is a 503 that says when to come back, spread, and nothing of how we are built; another’s error is not ours', () => {
  assert.equal(rejectedAnswer(new Error('x')), undefined)
  assert.equal(rejectedAnswer(undefined), undefined)
  const first = rejectedAnswer(OPEN, () => 0)!
  assert.deepEqual([first.status, first.headers['retry-after']], [503, '4'])
  assert.equal(rejectedAnswer(OPEN, () => 0.999)!.headers['retry-after'], '8')
  assert.doesNotMatch(first.body, /10\.0\.0\.5|database/)
  assert.match(JSON.parse(first.body).detail, /Nothing was done/)
  const { retryAfterMs: _, ...facts } = { ...OPEN, code: 'SELFHEAL_TIMEOUT', ran: 'maybe' as const }
  const late = JSON.parse(rejectedAnswer(new RejectedError('late', facts), () => 0)!.body)
  assert.match(late.detail, /may have been done/)
  assert.equal(late.retryAfterMs, 2_000)
})

test('Express, Fastify and Hono take it in their error handler', async () => {
  const app = express()
  app.get('/x', () => Promise.reject(OPEN))
  const handler: ErrorRequestHandler = (error, _request, response, next) => {
    const refused = rejectedAnswer(error)
    if (refused === undefined || response.headersSent) return next(error)
    response.status(refused.status).set(refused.headers).send(refused.body)
  }
  app.use(handler)
  const server = app.listen(0)
  await once(server, 'listening')
  const viaExpress = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/x`)

  const fastify = Fastify()
  fastify.get('/x', () => Promise.reject(OPEN))
  fastify.setErrorHandler((error, _request, reply) => {
    const refused = rejectedAnswer(error)
    return refused === undefined ? reply.send(error) : reply.code(refused.status).headers(refused.headers).send(refused.body)
  })
  const viaFastify = await fastify.inject('/x')

  const hono = new Hono().get('/x', () => Promise.reject(OPEN))
  hono.onError(error => {
    const refused = rejectedAnswer(error)
    return refused === undefined ? new Response('a fault of ours', { status: 500 }) : new Response(refused.body, refused)
  })
  const viaHono = await hono.request('/x')

  const answers = [
    [viaExpress.status, viaExpress.headers.get('content-type'), await viaExpress.json()],
    [viaFastify.statusCode, viaFastify.headers['content-type'], viaFastify.json()],
    [viaHono.status, viaHono.headers.get('content-type'), await viaHono.json()],
  ] as const
  for (const [status, type, problem] of answers) {
    assert.equal(status, 503)
    assert.match(String(type), /^application\/problem\+json/)
    assert.equal((problem as { code: string }).code, 'SELFHEAL_BREAKER_OPEN')
  }
  server.close()
})

test('a handler that lets it through: Express and Fastify answer 503 (504 when its time ran out) with Retry-After by themselves', async () => {
  const late = guard({ name: 'db', timeout: 1, retry: false })
  const held = limit({ name: 'api', max: 1, queue: 0 })
  const free = Promise.withResolvers<void>()
  const holds = held.run(() => free.promise)
  const routes: Readonly<Record<string, () => Promise<unknown>>> = {
    '/open': () => Promise.reject(OPEN),
    '/full': () => held.run(async () => 1),
    '/late': () => late.run(() => new Promise(() => {})),
    '/theirs': () => Promise.reject(new Error('a fault of the app')),
  }
  const app = express()
  app.set('env', 'test')
  const fastify = Fastify()
  for (const [path, run] of Object.entries(routes)) {
    app.get(path, run)
    fastify.get(path, run)
  }
  const server = app.listen(0)
  await once(server, 'listening')
  const seen: Record<string, unknown> = {}
  for (const path of Object.keys(routes)) {
    const { status, headers } = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`)
    const answer = await fastify.inject(path)
    const after = [headers.get('retry-after'), answer.headers['retry-after']].map(text => text !== null && Number(text) >= 2)
    seen[path] = [status, answer.statusCode, ...after]
  }
  free.resolve()
  await holds
  server.close()
  assert.deepEqual(seen, {
    '/open': [503, 503, true, true],
    '/full': [503, 503, true, true],
    '/late': [504, 504, true, true],
    '/theirs': [500, 500, false, false],
  })
  assert.deepEqual([Object.keys(OPEN).includes('status'), JSON.stringify(OPEN).includes('headers')], [false, false])
})
