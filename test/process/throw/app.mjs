// An app that throws wherever an app can throw, in the framework FRAMEWORK names. Every site waits for the gate, so that all are in flight
// when the first one throws; the one that opens the gate throws first.
import { AsyncResource } from 'node:async_hooks'
import { EventEmitter } from 'node:events'
import { createReadStream } from 'node:fs'
import http from 'node:http'
import { setTimeout as wait } from 'node:timers/promises'
import pg from 'pg'

const framework = process.env.FRAMEWORK ?? 'http'
const { promise: gate, resolve: open } = Promise.withResolvers()
const boom = site => {
  throw new Error(`boom ${site}`)
}
// A pool of one connection, which the first request opens: callbacks of all others run in its context.
const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 1 })
// As a driver keeps its callbacks: they are bound to the request that asked, and called by a timer that is nobody's.
const bound = []
setInterval(() => bound.shift()?.(), 10)
process.on('SIGTERM', () => process.exit(0))

const sites = {
  slow: async (_, answer) => {
    await gate
    await wait(Number(process.env.SLOW ?? 600))
    answer(200, `slow ${process.pid}`)
  },
  timer: async () => {
    await gate
    setTimeout(() => boom('timer'), 5)
  },
  microtask: async () => {
    await gate
    queueMicrotask(() => boom('microtask'))
  },
  rejection: async () => {
    await gate
    void Promise.reject(new Error('boom rejection'))
  },
  text: async () => {
    await gate
    setImmediate(() => {
      throw 'boom text'
    })
  },
  emitter: async () => {
    await gate
    setImmediate(() => new EventEmitter().emit('error', new Error('boom emitter')))
  },
  stream: async () => {
    await gate
    createReadStream(new URL(import.meta.url)).on('data', () => boom('stream'))
  },
  bound: async () => {
    await gate
    bound.push(AsyncResource.bind(() => boom('bound')))
  },
  end: request => {
    request.on('data', () => {})
    request.on('end', () => boom('end'))
  },
  opener: async (_, answer) => {
    await new Promise((resolve, reject) => pool.query('select 1', error => (error ? reject(error) : resolve())))
    await gate
    await wait(500)
    answer(200, 'opener')
  },
  pg: async (_, answer) => {
    await gate
    pool.query('select 1', () => {
      answer(200, 'pg')
      boom('pg')
    })
  },
  pgsilent: async () => {
    await gate
    pool.query('select 1', () => boom('pgsilent'))
  },
  finished: async (_, answer) => {
    await gate
    answer(200, 'finished')
    setTimeout(() => boom('finished'), 5)
  },
  begun: async (_, __, raw) => {
    raw.writeHead(200)
    raw.write('begun')
    await gate
    setTimeout(() => boom('begun'), 5)
  },
  begunsurely: async (_, __, raw) => {
    raw.writeHead(200)
    raw.write('begun')
    await gate
    bound.push(AsyncResource.bind(() => boom('begunsurely')))
  },
  sync: () => {
    setImmediate(open)
    boom('sync')
  },
  first: () => {
    setImmediate(open)
    setImmediate(() => boom('first'))
  },
  ok: (_, answer) => answer(200, String(process.pid)),
  arrived: (_, answer) => answer(200, String(arrived)),
}
let arrived = 0
const handle = (request, answer, raw) => {
  const site = request.url.slice(1)
  if (site !== 'arrived') arrived++
  return (sites[site] ?? sites.ok)(request, answer, raw)
}

if (framework === 'http')
  http
    .createServer((request, response) => {
      // Its promise is nobody's: a rejection of it is an uncaught one, as in any app written so.
      void handle(request, (status, text) => response.writeHead(status).end(text), response)
    })
    .listen(process.env.PORT)
else if (framework === 'express') {
  const { default: express } = await import('express')
  const app = express()
  app.use((request, response) => void handle(request, (status, text) => response.status(status).send(text), response))
  app.listen(process.env.PORT)
} else {
  const { default: fastify } = await import('fastify')
  const app = fastify()
  app.addContentTypeParser('*', (_request, _payload, done) => done(null))
  app.all('/*', (request, reply) => {
    if (request.url.includes('begun')) reply.hijack()
    void handle(request.raw, (status, text) => reply.status(status).send(text), reply.raw)
  })
  await app.listen({ port: Number(process.env.PORT), host: '127.0.0.1' })
}
