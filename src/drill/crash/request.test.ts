import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type TestContext, test } from 'node:test'
import { asker } from './request.ts'

async function served(t: TestContext, listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://localhost:${(server.address() as AddressInfo).port}`
}
const LONG_MS = 30_000

for (const [status, kind] of [[200, 'ok'], [302, 'ok'], [404, '4xx'], [503, '5xx']] as const) // biome-ignore format: a table
  test(`an answer of ${status} counts as ${kind}`, async t => {
    const url = await served(t, (request, response) =>
      response.writeHead(request.url === '/health?a=1' ? status : 500).end('there'),
    )
    assert.deepEqual(await asker({ url, path: '/health?a=1', timeoutMs: LONG_MS })(), { kind, says: String(status) })
  })

test('each request has a connection of its own', async t => {
  const callers = new Set<number | undefined>()
  const url = await served(t, (request, response) => {
    callers.add(request.socket.remotePort)
    response.end()
  })
  const ask = asker({ url, path: '/', timeoutMs: LONG_MS })
  for (let i = 0; i < 3; i++) await ask()
  assert.equal(callers.size, 3)
})

test('a connection cut before the answer, or in the middle of it, is a reset', async t => {
  const before = await served(t, request => request.socket.destroy())
  const within = await served(t, (_request, response) => {
    response.writeHead(200, { 'content-length': '1000' })
    response.write('a part', () => response.socket?.destroy())
  })
  for (const url of [before, within]) assert.equal((await asker({ url, path: '/', timeoutMs: LONG_MS })()).kind, 'reset')
})

test('nobody there is refused, also on a unix socket', async () => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  await new Promise(resolve => server.close(resolve))
  assert.equal((await asker({ url: `http://localhost:${port}`, path: '/', timeoutMs: LONG_MS })()).kind, 'refused')
  assert.equal((await asker({ url: 'unix:/nowhere/at/all.sock', path: '/', timeoutMs: LONG_MS })()).kind, 'refused')
})

test('no answer in time is a timeout', async t => {
  const url = await served(t, () => {})
  assert.equal((await asker({ url, path: '/', timeoutMs: 50 })()).kind, 'timeout')
})

test('when the drill is stopped, what waits for an answer ends at once', async t => {
  const over = new AbortController()
  const url = await served(t, () => over.abort())
  assert.equal((await asker({ url, path: '/', timeoutMs: LONG_MS, signal: over.signal })()).kind, 'unsent')
})
