// Uploads before a door: the time a body takes to arrive is its sender's; what the handler makes of it, or leaves lying, is its own.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type IncomingMessage, request, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { serve } from '@hono/node-server'
import { Hono } from 'hono'
import { type Admission, admission, honoAdmission, nodeAdmission } from 'selfheal/inbound'

const DEADLINE_MS = 1_000

type Take = (path: string, body: () => Promise<number>) => Promise<string>

const servers: Readonly<Record<string, (gate: Admission, take: Take) => Server>> = {
  'node:http': (gate, take) =>
    createServer(
      nodeAdmission(gate, async (asked: IncomingMessage, answer) => {
        const body = async () => Buffer.concat((await asked.toArray()) as Buffer[]).length
        answer.end(await take(asked.url!, body))
      }),
    ).listen(0),
  Hono: (gate, take) => {
    const app = new Hono().use(honoAdmission(gate))
    app.post('/*', async context =>
      context.text(await take(new URL(context.req.url).pathname, async () => (await context.req.arrayBuffer()).byteLength)),
    )
    return serve({ fetch: app.fetch, port: 0 }) as Server
  },
}

describe('a slow upload is served and holds no place meanwhile; a handler that hangs after it, or leaves it lying, is answered for', {
  concurrency: true,
}, () => {
  for (const [name, listen] of Object.entries(servers))
    test(name, async t => {
      const gate = admission({
        deadline: DEADLINE_MS,
        limit: { max: 3, queue: 0 },
        events: { emit: () => '', relay: () => {}, on: () => () => {} },
      })
      let held: unknown
      const server = listen(gate, async (path, body) => {
        if (path === '/lies') await new Promise(() => {})
        const length = await body()
        if (path === '/hangs') await new Promise(() => {})
        held = (gate.snapshot() as { inFlight: number }).inFlight
        return String(length)
      })
      t.after(() => {
        gate.close()
        server.closeAllConnections()
        server.close()
      })
      if (!server.listening) await once(server, 'listening')
      const { port } = server.address() as AddressInfo
      const upload = (path: string, length: number) => {
        const headers = { 'content-length': length }
        const sent = request({ port, path, method: 'POST', headers, agent: false }).on('error', () => {})
        const answered = once(sent, 'response').then(async ([answer]) => {
          const { statusCode: status } = answer as IncomingMessage
          return { status, text: Buffer.concat((await (answer as IncomingMessage).toArray()) as Buffer[]).toString() }
        })
        return { sent, answered }
      }
      const slowly = async (path: string) => {
        const { sent, answered } = upload(path, 26)
        for (let i = 0; i < 13; i++) {
          sent.write('xx')
          await wait(DEADLINE_MS / 10)
        }
        sent.end()
        return answered
      }
      const [taken, hung] = await Promise.all([slowly('/takes'), slowly('/hangs')])
      assert.deepEqual(taken, { status: 200, text: '26' })
      assert.equal(held, 0, 'it had given its place back')
      assert.equal(hung.status, 503)
      assert.match(hung.text, /may have been done/)
      const { sent, answered } = upload('/lies', 4_000_000)
      sent.end(Buffer.alloc(4_000_000))
      assert.equal((await answered).status, 503)
    })
})
