// Speaks like Stripe's API, as far as the official SDK is used here: payment intents, refunds, balance; form-encoded in, JSON out.
import { randomBytes } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Charge } from './books.ts'
import { charge, type House, type Protocol, type Reply, reply } from './house.ts'

const json = (status: number, body: object): Reply => ({ status, body: JSON.stringify(body) })
const failure = (status: number, type: string, message: string, more: object = {}): Reply =>
  json(status, { error: { type, message, ...more } })
const STATUS: Readonly<Record<Charge['state'], string>> = {
  paid: 'succeeded',
  authorized: 'requires_capture',
  declined: 'requires_payment_method',
  voided: 'canceled',
  refunded: 'succeeded',
}

export const stripeProtocol: Protocol = {
  name: 'stripe',
  contentType: 'application/json',
  knowsKeys: true,
  charged: one => json(200, intentOf(one)),
  declined: one =>
    failure(402, 'card_error', one.says ?? '', {
      code: 'card_declined',
      decline_code: 'generic_decline',
      payment_intent: intentOf(one),
    }),
  unavailable: () => failure(429, 'rate_limit_error', 'The bank is not reachable just now.'),
  refused: () => failure(429, 'rate_limit_error', 'Too many requests.'),
  failed: () => failure(500, 'api_error', 'An error on our side.'),
  busy: () =>
    failure(409, 'idempotency_error', 'This key is in use by a request that is under way.', { code: 'idempotency_key_in_use' }),
  otherParameters: () =>
    failure(
      400,
      'idempotency_error',
      'Keys for idempotent requests can only be used with the same parameters they were first used with.',
    ),
}

export const stripeId = () => `pi_${randomBytes(12).toString('hex')}`

function intentOf({ id, amount, currency, state, metadata, at, says }: Charge): object {
  const error = state === 'declined' ? { last_payment_error: { message: says, code: 'card_declined' } } : {}
  return {
    id,
    object: 'payment_intent',
    amount,
    currency,
    status: STATUS[state],
    metadata: metadata ?? {},
    created: Math.floor(at / 1_000),
    ...error,
  }
}

export async function stripeRoutes(
  house: House,
  request: IncomingMessage,
  response: ServerResponse,
  body: string,
): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://localhost')
  const form = request.method === 'POST' ? new URLSearchParams(body) : url.searchParams
  const key = String(request.headers['idempotency-key'] ?? '')
  const send = (answer: Reply) => reply(house, response, answer)
  const missing = (what: string) =>
    send(failure(404, 'invalid_request_error', `No such payment_intent: '${what}'`, { code: 'resource_missing' }))
  if (request.headers.authorization !== 'Bearer sk_test_simulator')
    return send(failure(401, 'invalid_request_error', 'Invalid API Key provided'))
  const metadata = Object.fromEntries(
    [...form].flatMap(([name, value]) => (/^metadata\[(.+)\]$/.test(name) ? [[name.slice(9, -1), value]] : [])),
  )
  const path = url.pathname

  if (request.method === 'POST' && path === '/v1/payment_intents') {
    const amount = Number(form.get('amount'))
    if (!(Number.isInteger(amount) && amount > 0))
      return send(failure(400, 'invalid_request_error', 'Invalid integer: amount', { param: 'amount' }))
    const declines = form.get('payment_method') === 'pm_card_chargeDeclined'
    return charge(
      house,
      {
        amount,
        currency: form.get('currency') ?? 'eur',
        key,
        print: body,
        metadata,
        authorizeOnly: form.get('capture_method') === 'manual',
        declines,
      },
      request,
      response,
    )
  }
  if (request.method === 'GET' && path === '/v1/payment_intents') {
    const since = Number(form.get('created[gte]') ?? 0) * 1_000
    const all = house.books
      .all()
      .filter(one => one.refundOf === undefined && one.at >= since)
      .reverse()
    const from = form.get('starting_after') === null ? 0 : all.findIndex(one => one.id === form.get('starting_after')) + 1
    const limit = Number(form.get('limit') ?? 10)
    return send(
      json(200, {
        object: 'list',
        url: path,
        data: all.slice(from, from + limit).map(intentOf),
        has_more: all.length > from + limit,
      }),
    )
  }
  if (path === '/v1/refunds') {
    if (request.method === 'GET') {
      const data = house.books.all().filter(one => one.refundOf === form.get('payment_intent'))
      return send(
        json(200, {
          object: 'list',
          url: path,
          data: data.map(one => ({ id: one.id, object: 'refund', amount: one.amount, metadata: one.metadata ?? {} })),
          has_more: false,
        }),
      )
    }
    const of = house.books.find(form.get('payment_intent') ?? '')
    if (of === undefined) return missing(form.get('payment_intent') ?? '')
    const amount = Number(form.get('amount') ?? of.amount)
    return once(house, key, body, response, () => {
      const refund = house.books.put({
        id: `re_${randomBytes(12).toString('hex')}`,
        amount,
        currency: of.currency,
        key,
        metadata,
        at: Date.now(),
        state: 'refunded',
        refundOf: of.id,
      })
      if (amount === of.amount) house.books.put({ ...of, state: 'refunded' })
      return json(200, { id: refund.id, object: 'refund', amount, status: 'succeeded', metadata })
    })
  }
  if (path === '/v1/balance')
    return house.switchboard.now() === 'ok'
      ? send(json(200, { object: 'balance', available: [] }))
      : broken(house, request, response)
  const [, id = '', verb] = /^\/v1\/payment_intents\/([^/]+)(?:\/(capture|cancel))?$/.exec(path) ?? []
  const one = house.books.find(id)
  if (one === undefined) return missing(id)
  if (verb === undefined) return send(json(200, intentOf(one)))
  if (one.state !== 'authorized')
    return send(
      failure(400, 'invalid_request_error', `This payment is ${one.state}.`, { code: 'payment_intent_unexpected_state' }),
    )
  return once(house, key, body, response, () =>
    json(200, intentOf(house.books.put({ ...one, state: verb === 'capture' ? 'paid' : 'voided' }))),
  )
}

/** By its key: again gives the same. */
function once(house: House, key: string, print: string, response: ServerResponse, work: () => Reply): void {
  const claimed = house.keys.claim(key, print)
  if (claimed.is === 'saved') reply(house, response, { ...claimed.saved, headers: { 'idempotent-replayed': 'true' } })
  else if (claimed.is !== 'new')
    reply(house, response, claimed.is === 'busy' ? stripeProtocol.busy() : stripeProtocol.otherParameters())
  else {
    const answer = work()
    house.keys.release(key, { status: answer.status, body: answer.body })
    reply(house, response, answer)
  }
}

/** A house that is broken for everyone does not answer health checks either. */
export function broken(house: House, request: IncomingMessage, response: ServerResponse): void {
  const mode = house.switchboard.now()
  if (mode === 'reset' || mode === 'charge-then-reset') return void request.socket.resetAndDestroy()
  if (mode.includes('hang')) return
  reply(
    house,
    response,
    mode.includes('error') ? house.protocol.failed() : mode === 'refuse' ? house.protocol.refused() : { status: 200, body: '{}' },
  )
}
