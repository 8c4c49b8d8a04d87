// The official SDK, as it is, against a server that takes the money and breaks the connection.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import Stripe from 'stripe'
import type { ProviderCall } from '../provider.ts'
import { type StripeClient, stripe } from './stripe.ts'

async function charged(breaks: number) {
  let asked = 0
  let resent = 0
  const server = createServer((request, response) => {
    request.resume().on('end', () => {
      if (asked++ < breaks) return void request.socket.destroy()
      response.setHeader('content-type', 'application/json')
      response.end(JSON.stringify({ id: `pi_${asked}`, status: 'succeeded', amount: 1200, currency: 'eur', metadata: {} }))
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const client = new Stripe('sk_test_none', { host: '127.0.0.1', port, protocol: 'http', telemetry: false })
  const call: ProviderCall = {
    key: 'order-17',
    operation: 'charge',
    attempt: 1,
    idempotent: true,
    priority: 'default',
    deadline: performance.now() + 20_000,
    since: Date.now(),
    signal: new AbortController().signal,
    remaining: () => 20_000,
    resent: () => resent++,
  }
  try {
    const payment = { amount: 1200, currency: 'eur', method: { stripe: 'pm_card_visa' } }
    const paid = await stripe(client as unknown as StripeClient).call('charge', payment, call)
    return { paid, asked, resent }
  } finally {
    server.close()
    server.closeAllConnections()
  }
}

test('a request that the SDK sent again by itself is told, although it was answered well: the first may have moved the money too', async () => {
  const { paid, asked, resent } = await charged(1)
  assert.equal(paid.state, 'paid')
  assert.equal(asked, 2)
  assert.equal(resent, 1)
})

test('one that was answered at once is not', async () => {
  const { asked, resent } = await charged(0)
  assert.deepEqual([asked, resent], [1, 0])
})
