// Uploads before a door: the time a body takes to arrive is its sender's; what the handler makes of it, or leaves lying, is its own.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type IncomingMessage, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { admission, nodeAdmission } from 'selfheal/inbound'
import { until } from './program/kit.ts'

const DEADLINE_MS = 1_000

test('a slow upload is served and holds no place meanwhile; a handler that hangs after it, or leaves it lying, is answered for', async t => {
  const gate = admission({
    deadline: DEADLINE_MS,
    limit: { max: 3, queue: 0 },
    events: { emit: () => '', relay: () => {}, on: () => () => {} },
  })
  const server = createServer(
    nodeAdmission(gate, async (asked: IncomingMessage, answer) => {
      if (asked.url === '/lies') return
      let bytes = 0
      for await (const chunk of asked) bytes += (chunk as Buffer).length
      if (asked.url !== '/hangs') answer.end(String(bytes))
    }),
  ).listen(0)
  t.after(() => {
    gate.close()
    server.closeAllConnections()
    server.close()
  })
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const upload = (path: string, length: number) => {
    const sent = request({ port, path, method: 'POST', headers: { 'content-length': length }, agent: false }).on(
      'error',
      () => {},
    )
    const answered = once(sent, 'response').then(async ([answer]) => {
      const chunks = await (answer as IncomingMessage).toArray()
      return { status: (answer as IncomingMessage).statusCode!, text: Buffer.concat(chunks as Buffer[]).toString() }
    })
    return { sent, answered }
  }

  const slowly = async (path: string, expected: number) => {
    const { sent, answered } = upload(path, 26)
    for (let i = 0; i < 13; i++) {
      sent.write('xx')
      await wait(DEADLINE_MS / 10)
    }
    sent.end()
    const { status, text } = await answered
    assert.equal(status, expected, text)
    return text
  }
  const both = Promise.all([slowly('/takes', 200), slowly('/hangs', 503)])
  await until('both to be under way', () => (gate.snapshot() as { inFlight: number }).inFlight === 2)
  await until('both to give their places back', () => (gate.snapshot() as { inFlight: number }).inFlight === 0)
  const [taken, hung] = await both
  assert.equal(taken, '26')
  assert.match(hung, /may have been done/)

  const { sent, answered } = upload('/lies', 4_000_000)
  sent.end(Buffer.alloc(4_000_000))
  assert.equal((await answered).status, 503)
})
