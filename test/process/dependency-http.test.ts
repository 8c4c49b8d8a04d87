// The HTTP adapter against real servers: each phase has its own end, a drop ends every connection, and what may be sent again is.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer, get, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { type AddressInfo, connect, type Socket, createServer as tcpServer } from 'node:net'
import { after, test } from 'node:test'
import { type DependencyOptions, dependency, type HttpOptions, http, nodesUndici } from '../../src/dependency/index.ts'
import { node } from '../node.ts'
import { outcome, until } from './dependency/kit.ts'

const servers: Server[] = []
after(() => {
  for (const server of servers) {
    server.close()
    server.closeAllConnections()
  }
})
type Answer = (request: IncomingMessage, response: ServerResponse) => void

async function world(options: HttpOptions = {}, more: DependencyOptions = {}) {
  const seen: string[] = []
  const state: { answer: Answer } = { answer: (_, response) => response.end('ok') }
  const server = createServer((request, response) => {
    seen.push(`${request.method} ${request.url}`)
    request.resume()
    state.answer(request, response)
  })
  servers.push(server)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const api = dependency(http(`http://127.0.0.1:${port}`, options), { name: 'api', ...more })
  const connections = () =>
    new Promise<number>((resolve, reject) => server.getConnections((e, n) => (e ? reject(e) : resolve(n))))
  return { api, server, port, seen, state, connections, end: () => api.heal[Symbol.dispose]() }
}
const code = async (promise: Promise<unknown>) => ((await outcome(promise)) as { code?: string }).code

// Before the installed one is loaded: that puts its own in the place where Node 22's would be found.
const nodes = nodesUndici()

test('a fetch is a fetch', async () => {
  const { api, seen, end } = await world()
  const response = await api.fetch('/a?b=1')
  assert.equal(await response.text(), 'ok')
  assert.equal(response.status, 200)
  assert.deepEqual(seen, ['GET /a?b=1'])
  assert.match(String(await outcome(api.fetch('http://127.0.0.1:1/'))), /dependency of its own/)
  end()
})

test('a redirect to another origin is followed there; a Request is taken as a fetch takes it; without undici it is Node’s own', async () => {
  const here = await world()
  const there = await world()
  here.state.answer = (request, response) => {
    if (request.url === '/over') response.writeHead(302, { location: `http://127.0.0.1:${there.port}/here` }).end()
    else request.pipe(response)
  }
  for (const driver of [undefined, async () => nodes!]) {
    const origin = `http://127.0.0.1:${here.port}`
    const api = dependency(http(origin, {}, driver), { name: 'api' })
    assert.equal(await (await api.fetch('/over')).text(), 'ok')
    const request = new Request(`${origin}/said`, { method: 'PUT', body: 'said' })
    assert.equal(await (await api.fetch(request)).text(), 'said')
    api.heal[Symbol.dispose]()
  }
  assert.deepEqual(there.seen, ['GET /here', 'GET /here'])
  here.end()
  there.end()
})

test('a 503 is asked again after its Retry-After; a POST is not sent twice, unless it has a key; a 404 is the caller’s', async () => {
  const { api, seen, state, end } = await world()
  let bad = 1
  state.answer = (_, response) => {
    if (bad-- > 0) response.writeHead(500).end('no')
    else response.end('yes')
  }
  assert.equal((await api.fetch('/read')).status, 200)
  assert.equal(seen.length, 2)
  bad = 1
  assert.equal((await api.fetch('/pay', { method: 'POST', body: '{}' })).status, 500)
  assert.equal(seen.length, 3)
  bad = 1
  assert.equal((await api.fetch('/pay', { method: 'POST', body: '{}', headers: { 'idempotency-key': 'k' } })).status, 200)
  assert.equal(seen.length, 5)
  state.answer = (_, response) => response.writeHead(404).end()
  assert.equal((await api.fetch('/none')).status, 404)
  assert.equal(seen.length, 6)
  end()
})

test('a body that is a stream is sent once', async () => {
  const { api, seen, state, end } = await world()
  state.answer = (_, response) => response.writeHead(503).end()
  const body = new ReadableStream({
    start(controller) {
      controller.enqueue(new TextEncoder().encode('once'))
      controller.close()
    },
  })
  const init = { method: 'PUT', body, duplex: 'half' } as RequestInit
  assert.equal((await api.fetch('/put', init)).status, 503)
  assert.equal(seen.length, 1)
  end()
})

test('each phase ends by itself, and says which it was', async () => {
  const held: Socket[] = []
  const silent = tcpServer(socket => held.push(socket.on('error', () => {})))
  silent.listen(0, '127.0.0.1')
  await once(silent, 'listening')
  const { port } = silent.address() as AddressInfo
  const times: HttpOptions = { tls: 80, headers: 100, bodyGap: 100, connect: 80 }
  const retry = { retry: false } as const
  const secure = dependency(http(`https://127.0.0.1:${port}`, times), { name: 'tls', ...retry })
  assert.equal(await code(secure.fetch('/')), 'SELFHEAL_HTTP_TLS_TIMEOUT')
  const plain = dependency(http(`http://127.0.0.1:${port}`, times), { name: 'headers', ...retry })
  assert.equal(await code(plain.fetch('/')), 'SELFHEAL_HTTP_HEADERS_TIMEOUT')
  // One that listens and never accepts: what does not fit into its queue is not answered at all.
  const full = spawn(node, ['test/process/dependency/full-house.mjs'], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [line] = (await once(full.stdout, 'data')) as [Buffer]
  const waiting = Array.from({ length: 8 }, () => connect(Number(line), '127.0.0.1').on('error', () => {}))
  const far = dependency(http(`http://127.0.0.1:${Number(line)}`, times), { name: 'connect', ...retry })
  await until('its queue is full', async () => (await code(far.fetch('/'))) === 'SELFHEAL_HTTP_CONNECT_TIMEOUT')
  for (const socket of waiting) socket.destroy()
  full.kill('SIGKILL')
  silent.close()
  for (const socket of held) socket.destroy()
  for (const one of [secure, plain, far]) one.heal[Symbol.dispose]()
})

test('the caller’s own abort is the caller’s, and ends the request', async () => {
  const { api, state, connections, end } = await world()
  state.answer = () => {}
  const controller = new AbortController()
  const call = code(api.fetch('/', { signal: controller.signal }))
  await until('it is there', async () => (await connections()) === 1)
  controller.abort()
  assert.equal(await call, 'SELFHEAL_ABORTED')
  await until('nothing is open', async () => (await connections()) === 0)
  end()
})

test('a hang: it is let go, no connection is left, callers are refused at once; it comes back by itself', async () => {
  const { api, state, server, connections, end } = await world(
    { probe: '/health', headers: '2s', connections: 4 },
    { slow: '200ms', timeout: '1s', deadline: '2s' },
  )
  await (await api.fetch('/')).text()
  state.answer = () => {}
  const agent = get({ port: (server.address() as AddressInfo).port, agent: api.agent, path: '/sdk' })
  agent.on('error', () => {})
  const stuck = Array.from({ length: 4 }, () => outcome(api.fetch('/')))
  await until('it is down', () => api.heal.reading().usable === 'none')
  await until('nothing is open but a probe', async () => (await connections()) <= 1)
  for (const answer of await Promise.all(stuck)) assert.ok(answer instanceof Error)
  const refused = (await outcome(api.fetch('/'))) as { code: string; retryAfterMs: number }
  assert.equal(refused.code, 'SELFHEAL_BREAKER_OPEN')
  assert.ok(refused.retryAfterMs > 0)
  state.answer = (_, response) => response.end('ok')
  await until('it is back', async () => ((await outcome(api.fetch('/'))) as Response).status === 200)
  end()
})

test('gone and back: refused connects open it within ten calls', async () => {
  const { api, server, port, end } = await world({}, { retry: false })
  await (await api.fetch('/')).text()
  const sockets = new Set<Socket>()
  server.on('connection', socket => sockets.add(socket))
  server.close()
  server.closeAllConnections()
  let calls = 0
  await until('it is down', async () => {
    await outcome(api.fetch('/'))
    calls++
    return api.heal.reading().usable === 'none'
  })
  assert.ok(calls <= 10, String(calls))
  server.listen(port, '127.0.0.1')
  await until('it is back', async () => ((await outcome(api.fetch('/'))) as Response).status === 200)
  end()
})
