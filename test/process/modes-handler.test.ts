// The mode endpoint under each framework: the snapshot, a stream that goes on, the browser's modules; and what is not its own is the app's.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { serve } from '@hono/node-server'
import express from 'express'
import Fastify from 'fastify'
import { Hono } from 'hono'
import { settableNeed } from 'selfheal/core'
import { modes } from 'selfheal/feature'
import { expressHandler, fastifyHandler, honoHandler, type NodeHandler } from 'selfheal/inbound'

const FULL = { usable: 'full', state: 'up', causes: [], since: 0 } as const
type Started = Pick<ReturnType<typeof createServer>, 'address' | 'close'>

const frameworks: Readonly<Record<string, (handler: NodeHandler) => Promise<Started>>> = {
  async 'node:http'(handler) {
    const server = createServer((request, response) => void (handler(request, response) || response.end('the app’s own')))
    return once(server.listen(0), 'listening').then(() => server)
  },
  async Express(handler) {
    const app = express().use(expressHandler(handler))
    app.use((_, response) => void response.send('the app’s own'))
    const server = app.listen(0)
    return once(server, 'listening').then(() => server)
  },
  async Fastify(handler) {
    const app = Fastify({ forceCloseConnections: true })
    app.addHook('onRequest', fastifyHandler(handler))
    app.get('/mine', async () => 'the app’s own')
    return app.listen({ port: 0 }).then(() => app.server)
  },
  async Hono(handler) {
    const app = new Hono().use(honoHandler(handler)).get('/mine', c => c.text('the app’s own'))
    return new Promise(resolve => {
      const server = serve({ fetch: app.fetch, port: 0 }, () => resolve(server as unknown as Started))
    })
  },
}

for (const [name, start] of Object.entries(frameworks))
  test(`under ${name} pages are told by one stream that goes on, and nothing is written twice`, async t => {
    const errors = t.mock.method(console, 'error', () => {})
    const database = settableNeed('database', FULL)
    const all = modes()
    all.feature('buy', { needs: [database], back: { after: 1 } })
    const server = await start(all.handler)
    const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const left = new AbortController()
    try {
      const stream = (await fetch(`${origin}/selfheal/modes/stream`, { signal: left.signal })).body!
      const told = stream.pipeThrough(new TextDecoderStream()).getReader()
      assert.match((await told.read()).value!, /"buy":\{"mode":"on"/)
      assert.equal(await (await fetch(`${origin}/mine`)).text(), 'the app’s own')
      database.set({ ...FULL, usable: 'none', state: 'down' })
      assert.match((await told.read()).value!, /"buy":\{"mode":"off"/)
      const answer = (await (await fetch(`${origin}/selfheal/modes`)).json()) as { features: Record<string, { mode: string }> }
      assert.equal(answer.features['buy']!.mode, 'off')
      const module = await fetch(`${origin}/selfheal/browser/index.js`)
      assert.match(module.headers.get('content-type') ?? '', /^text\/javascript/)
      assert.match(await module.text(), /export \* from/)
      const thrown = errors.mock.calls.map(call => call.arguments[0]).filter(one => one instanceof Error)
      assert.deepEqual(thrown, [])
    } finally {
      left.abort()
      all.close()
      server.close()
    }
  })
