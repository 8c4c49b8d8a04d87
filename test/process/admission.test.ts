// Admission before real servers: node:http, Fastify, Express and Hono, the same promises for each.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type TestContext, test } from 'node:test'
import { serve } from '@hono/node-server'
import express from 'express'
import Fastify from 'fastify'
import { Hono } from 'hono'
import { deadline } from 'selfheal'
import { type Admission, admission, expressAdmission, fastifyAdmission, honoAdmission, nodeAdmission } from 'selfheal/inbound'
import { until } from './program/kit.ts'

/** What the app does with a request; gives the body of its answer. */
type Work = (path: string) => Promise<string>
type Listen = (gate: Admission, work: Work) => Promise<Server>

const servers: Readonly<Record<string, Listen>> = {
  'node:http': async (gate, work) =>
    createServer(nodeAdmission(gate, async (asked: IncomingMessage, answer) => void answer.end(await work(asked.url!)))).listen(
      0,
    ),
  Fastify: async (gate, work) => {
    const app = Fastify()
    app.addHook('onRequest', fastifyAdmission(gate))
    app.all('/*', async asked => work(asked.url))
    await app.listen({ port: 0, host: '127.0.0.1' })
    return app.server
  },
  Express: async (gate, work) => {
    const app = express()
    app.use(expressAdmission(gate))
    app.use(async (asked, answer) => void answer.end(await work(asked.originalUrl)))
    return app.listen(0)
  },
  Hono: async (gate, work) => {
    const app = new Hono()
    app.use(honoAdmission(gate))
    app.all('/*', async context => context.text(await work(new URL(context.req.url).pathname)))
    return serve({ fetch: app.fetch, port: 0 }) as Server
  },
}

async function listening(t: TestContext, listen: Listen, gate: Admission, work: Work) {
  const server = await listen(gate, work)
  if (!server.listening) await once(server, 'listening')
  t.after(() => {
    gate.close()
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  return (path = '/', init: RequestInit = {}) => fetch(`http://127.0.0.1:${port}${path}`, init)
}

for (const [name, listen] of Object.entries(servers)) {
  test(`${name}: the sender's deadline is the request's, and what comes too late is not begun`, async t => {
    const seen: (number | undefined)[] = []
    const ask = await listening(t, listen, admission({ events: quiet() }), async () => {
      await new Promise(resolve => setImmediate(resolve))
      seen.push(deadline.current()?.remainingMs())
      return 'done'
    })
    assert.equal(await (await ask()).text(), 'done')
    assert.equal(await (await ask('/', { headers: { 'x-deadline-ms': '5000' } })).text(), 'done')
    assert.ok(seen[0]! <= 25_000 && seen[0]! > 5_000, `${seen[0]} ms of its own 25 s`)
    assert.ok(seen[1]! <= 5_000, `${seen[1]} ms of the sender's 5 s`)
    const late = await ask('/', { headers: { 'x-deadline-ms': '0' } })
    assert.equal(late.status, 503)
    assert.equal(((await late.json()) as { code: string }).code, 'SELFHEAL_INBOUND_LATE')
    assert.equal(seen.length, 2)
  })

  test(`${name}: more than may be in flight are refused before their body is read; health never is`, async t => {
    const open: (() => void)[] = []
    let begun = 0
    const gate = admission({ limit: { max: 1, queue: 0 }, events: quiet() })
    const ask = await listening(t, listen, gate, async path => {
      if (path === '/health') return 'well'
      begun++
      await new Promise<void>(resolve => open.push(resolve))
      return 'done'
    })
    const first = ask()
    await until('the first to be served', () => begun === 1)
    const refused = await ask('/', { method: 'POST', body: 'x'.repeat(200_000) })
    assert.equal(refused.status, 503)
    assert.ok(Number(refused.headers.get('retry-after')) >= 1)
    assert.match(refused.headers.get('content-type')!, /problem\+json/)
    assert.match(((await refused.json()) as { detail: string }).detail, /Nothing was done/)
    assert.equal(await (await ask('/health')).text(), 'well')
    assert.equal(begun, 1)
    open[0]!()
    assert.equal(await (await first).text(), 'done')
    await until('its place to be free', () => (gate.snapshot() as { inFlight: number }).inFlight === 0)
  })

  test(`${name}: what has not answered by its deadline is answered by us, and keeps its place until it has ended`, async t => {
    let end = () => {}
    const gate = admission({ deadline: 80, limit: { max: 1, queue: 0 }, events: quiet() })
    const ask = await listening(t, listen, gate, () => new Promise<string>(resolve => (end = () => resolve('too late'))))
    const answer = await ask()
    assert.equal(answer.status, 503)
    assert.match(((await answer.json()) as { detail: string }).detail, /may have been done/)
    end()
    await until('its place to be free', () => (gate.snapshot() as { inFlight: number }).inFlight === 0)
  })
}

test('who waits is let in by priority, and one who went away leaves its place', async t => {
  const open: (() => void)[] = []
  const served: string[] = []
  const gate = admission({
    limit: { max: 1, queue: 10, expire: 'infinity' },
    priority: ({ url }) => (url.startsWith('/pay') ? 'critical' : url.startsWith('/report') ? 'background' : 'default'),
    events: quiet(),
  })
  const ask = await listening(t, servers['node:http']!, gate, async path => {
    served.push(path)
    await new Promise<void>(resolve => open.push(resolve))
    return path
  })
  const waits = (n: number) => until(`${n} to wait`, () => (gate.snapshot() as { waiting: number }).waiting === n)
  const all = [ask('/first')]
  await until('the first to be served', () => served.length === 1)
  for (const [i, path] of ['/report', '/browse', '/pay'].entries()) {
    all.push(ask(path))
    await waits(i + 1)
  }
  const gone = new AbortController()
  const left = ask('/left', { signal: gone.signal })
  await waits(4)
  gone.abort()
  await assert.rejects(left)
  await waits(3)
  for (let i = 0; i < 4; i++) {
    await until(`${i + 1} served`, () => served.length === i + 1)
    open[i]!()
  }
  await Promise.all(all)
  assert.deepEqual(served, ['/first', '/pay', '/browse', '/report'])
})

test('a caller that hangs up gives its place back when its work has ended', async t => {
  const gate = admission({ limit: { max: 1, queue: 0 }, events: quiet() })
  let begun = 0
  const server = await servers['node:http']!(gate, () => {
    begun++
    return new Promise(() => {})
  })
  t.after(() => server.close())
  const { port } = server.address() as AddressInfo
  const asked = request({ port }).on('error', () => {})
  asked.end()
  await until('it to be served', () => begun === 1)
  asked.destroy()
  await until('its place to be free', () => (gate.snapshot() as { inFlight: number }).inFlight === 0)
})

test('an event stream gives its place back when it begins, however its head is sent', async t => {
  const gate = admission({ limit: { max: 1, queue: 0 }, events: quiet() })
  const heads: ((answer: ServerResponse) => void)[] = [
    answer => answer.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders(),
    answer => answer.writeHead(200, ['Content-Type', 'text/event-stream; charset=utf-8']).write('data: 1\n\n'),
    answer => answer.setHeader('content-type', 'text/event-stream').write('data: 1\n\n'),
  ]
  let next = 0
  const server = createServer(nodeAdmission(gate, (_, answer) => heads[next++]!(answer))).listen(0)
  t.after(() => {
    gate.close()
    server.closeAllConnections()
    server.close()
  })
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  for (const _ of heads) assert.equal((await fetch(`http://127.0.0.1:${port}/`)).status, 200)
  assert.equal((gate.snapshot() as { inFlight: number }).inFlight, 0)
})

test('a handler that was given up may go on writing: its answer was ours, and nothing breaks', async t => {
  const gate = admission({ deadline: 50, events: quiet() })
  let wrote = false
  const server = createServer(
    nodeAdmission(gate, async (_, answer) => {
      answer.setHeader('content-type', 'text/html')
      await once(answer, 'close')
      answer.setHeader('x-late', '1')
      answer.writeHead(200).write('too late')
      answer.end('too late', () => (wrote = true))
    }),
  ).listen(0)
  t.after(() => {
    gate.close()
    server.close()
  })
  await once(server, 'listening')
  const answer = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`)
  assert.equal(answer.status, 503)
  assert.equal(answer.headers.get('content-type'), 'application/problem+json')
  await until('the handler to have gone on', () => wrote)
})

test('impossible options are refused together', () => {
  assert.throws(() => admission({ deadline: 0, loop: 'soon' as never, never: ['health'] }), {
    code: 'SELFHEAL_CONFIG',
    message: /deadline .*loop .*never\[0\]/,
  })
})

function quiet() {
  return { emit: () => '', relay: () => {}, on: () => () => {} }
}
