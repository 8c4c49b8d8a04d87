// Speaks like Braintree's API, as far as the official SDK is used here: JSON in, XML out. Knows no idempotency keys: what is sent twice is
// charged twice. A sale can be searched by its order id.
import { randomBytes } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Charge } from './books.ts'
import { charge, type House, type Protocol, type Reply, reply } from './house.ts'
import { broken } from './stripe-like.ts'

const xml = (status: number, body: string): Reply => ({ status, body: `<?xml version="1.0" encoding="UTF-8"?>\n${body}` })
const STATUS: Readonly<Record<Charge['state'], string>> = {
  paid: 'submitted_for_settlement',
  authorized: 'authorized',
  declined: 'processor_declined',
  voided: 'voided',
  refunded: 'submitted_for_settlement',
}
const refusal = (message: string, inside = '') =>
  xml(
    422,
    `<api-error-response><errors><errors type="array"/></errors><message>${entities(message)}</message>${inside}</api-error-response>`,
  )

export const braintreeProtocol: Protocol = {
  name: 'braintree',
  contentType: 'application/xml; charset=utf-8',
  knowsKeys: false,
  charged: one => xml(201, transactionOf(one)),
  declined: one => refusal('Do Not Honor', transactionOf(one, '2000', 'Do Not Honor')),
  unavailable: one =>
    refusal('Processor Network Unavailable - Try Again', transactionOf(one, '3000', 'Processor Network Unavailable - Try Again')),
  refused: () => xml(429, '<error/>'),
  failed: () => xml(500, '<error/>'),
  busy: () => xml(500, '<error/>'),
  otherParameters: () => xml(500, '<error/>'),
}

export const braintreeId = () => randomBytes(5).toString('hex')

function transactionOf({ id, amount, currency, key, state, refundOf }: Charge, code = '1000', says = 'Approved'): string {
  const tag = (name: string, value: string) => `<${name}>${entities(value)}</${name}>`
  return `<transaction>${tag('id', id)}${tag('status', STATUS[state])}${tag('type', refundOf === undefined ? 'sale' : 'credit')}${tag('amount', (amount / 100).toFixed(2))}${tag('currency-iso-code', currency.toUpperCase())}${tag('order-id', key)}${tag('processor-response-code', code)}${tag('processor-response-text', says)}</transaction>`
}

function entities(text: string): string {
  return text.replace(/[<>&"']/g, one => `&#${one.charCodeAt(0)};`)
}

interface Body {
  readonly transaction?: {
    readonly amount?: string
    readonly order_id?: string
    readonly payment_method_nonce?: string
    readonly options?: { readonly submit_for_settlement?: boolean }
  }
  readonly search?: { readonly order_id?: { readonly is?: string }; readonly ids?: readonly string[] }
}

export async function braintreeRoutes(
  house: House,
  request: IncomingMessage,
  response: ServerResponse,
  text: string,
): Promise<void> {
  const send = (answer: Reply) => reply(house, response, answer)
  if (request.headers.authorization !== `Basic ${Buffer.from('public:private').toString('base64')}`)
    return send(xml(401, '<error/>'))
  const body = (text === '' ? {} : JSON.parse(text)) as Body
  const path = (request.url ?? '').replace(/^\/merchants\/[^/]+/, '')
  const { books } = house

  if (path === '/transactions') {
    const asked = body.transaction ?? {}
    const amount = Math.round(Number(asked.amount) * 100)
    if (!(amount > 0)) return send(refusal('Amount is an invalid format.'))
    const order = {
      amount,
      currency: 'eur',
      key: asked.order_id ?? '',
      print: text,
      metadata: {},
      authorizeOnly: asked.options?.submit_for_settlement !== true,
      declines: asked.payment_method_nonce === 'fake-processor-declined-visa-nonce',
    }
    return charge(house, order, request, response)
  }
  if (path === '/transactions/advanced_search_ids') {
    const ids = books
      .all()
      .filter(one => one.key === body.search?.order_id?.is)
      .map(one => one.id)
    return send(
      xml(
        200,
        `<search-results><page-size type="integer">50</page-size><ids type="array">${ids.map(id => `<item>${id}</item>`).join('')}</ids></search-results>`,
      ),
    )
  }
  if (path === '/transactions/advanced_search') {
    const found = (body.search?.ids ?? []).flatMap(id => books.find(id) ?? [])
    return send(
      xml(
        200,
        `<credit-card-transactions type="collection"><current-page-number type="integer">1</current-page-number><page-size type="integer">50</page-size><total-items type="integer">${found.length}</total-items>${found.map(one => transactionOf(one)).join('')}</credit-card-transactions>`,
      ),
    )
  }
  if (path === '/client_token')
    return house.switchboard.now() === 'ok'
      ? send(xml(201, '<client-token><value>token</value></client-token>'))
      : broken(house, request, response)

  const [, id = '', verb] = /^\/transactions\/([^/]+)(?:\/(submit_for_settlement|void|refund))?$/.exec(path) ?? []
  const one = books.find(id)
  if (one === undefined) return send(xml(404, '<error/>'))
  if (verb === undefined) return send(xml(200, transactionOf(one)))
  if (verb === 'refund') {
    const amount = Math.round(Number(body.transaction?.amount ?? one.amount / 100) * 100)
    if (one.state !== 'paid') return send(refusal('Cannot refund a transaction unless it is settled.'))
    const refund = books.put({
      id: house.newId(),
      amount,
      currency: one.currency,
      key: body.transaction?.order_id ?? '',
      at: Date.now(),
      state: 'refunded',
      refundOf: id,
    })
    if (amount === one.amount) books.put({ ...one, state: 'refunded' })
    return send(xml(201, transactionOf(refund)))
  }
  if (verb === 'void' && one.state !== 'authorized' && one.state !== 'paid')
    return send(refusal('Transaction can only be voided if status is authorized or submitted_for_settlement.'))
  if (verb === 'submit_for_settlement' && one.state !== 'authorized')
    return send(refusal('Cannot submit for settlement unless status is authorized.'))
  return send(xml(200, transactionOf(books.put({ ...one, state: verb === 'void' ? 'voided' : 'paid' }))))
}
