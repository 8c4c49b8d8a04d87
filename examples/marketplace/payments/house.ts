// What both simulators are inside: a payment house with books, keys and a switchboard, that answers in its own protocol. A request goes
// through the switch first (turned away, cut, left hanging), then the key, then it is executed once, then it is answered or not.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { setTimeout as wait } from 'node:timers/promises'
import type { Books, Charge } from './books.ts'
import type { Keys } from './keys.ts'
import type { Switchboard, Switched } from './switchboard.ts'

/** What a protocol makes of a request that moves money. */
export interface Order {
  readonly amount: number
  readonly currency: string
  readonly key: string
  /** Of all parameters. */
  readonly print: string
  readonly metadata: Readonly<Record<string, string>>
  readonly authorizeOnly: boolean
  /** By the card itself. */
  readonly declines: boolean
}

export interface Reply {
  readonly status: number
  readonly body: string
  readonly headers?: Readonly<Record<string, string>>
}

export interface Protocol {
  readonly name: string
  readonly contentType: string
  readonly knowsKeys: boolean
  charged(charge: Charge): Reply
  declined(charge: Charge): Reply
  unavailable(charge: Charge): Reply
  refused(): Reply
  failed(): Reply
  busy(): Reply
  otherParameters(): Reply
}

export interface House {
  readonly books: Books
  readonly keys: Keys
  readonly switchboard: Switchboard
  readonly protocol: Protocol
  /** Told of every charge, twice, as real ones do now and then. */
  webhook: string | undefined
  newId(): string
}

export async function charge(house: House, order: Order, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { protocol, keys } = house
  const { mode, ms }: Switched = house.switchboard.take(order.amount)
  if (mode === 'refuse') return reply(house, response, protocol.refused())
  if (mode === 'reset') return void request.socket.resetAndDestroy()
  if (mode === 'hang') return
  const claimed = protocol.knowsKeys ? keys.claim(order.key, order.print) : ({ is: 'new' } as const)
  if (claimed.is === 'busy') return reply(house, response, protocol.busy())
  if (claimed.is === 'other') return reply(house, response, protocol.otherParameters())
  if (claimed.is === 'saved') {
    if (mode === 'charge-then-hang') return
    if (mode === 'charge-then-reset') return void request.socket.resetAndDestroy()
    return reply(house, response, { ...claimed.saved, headers: { 'idempotent-replayed': 'true' } })
  }
  if (mode === 'slow' || mode === 'slow-then-charge') await wait(ms)
  const answer = execute(house, order, mode)
  keys.release(order.key, { status: answer.status, body: answer.body })
  if (mode === 'late-answer') await wait(ms)
  if (mode === 'charge-then-hang') return
  if (mode === 'charge-then-reset') return void request.socket.resetAndDestroy()
  reply(house, response, answer)
}

function execute(house: House, order: Order, mode: Switched['mode']): Reply {
  const { books, protocol } = house
  const { amount, currency, key, metadata } = order
  const made = { id: house.newId(), amount, currency, key, metadata, at: Date.now() }
  if (mode === 'error') return protocol.failed()
  if (mode === 'unavailable') return protocol.unavailable({ ...made, state: 'declined', says: 'The bank could not be reached' })
  if (mode === 'decline' || order.declines)
    return protocol.declined(books.put({ ...made, state: 'declined', says: 'Your card was declined.' }))
  const paid = books.put({ ...made, state: order.authorizeOnly ? 'authorized' : 'paid' })
  if (house.webhook !== undefined) for (let n = 0; n < 2; n++) void tell(house.webhook, { provider: protocol.name, charge: paid })
  return mode === 'charge-then-error' ? protocol.failed() : protocol.charged(paid)
}

async function tell(url: string, event: object): Promise<void> {
  await fetch(url, {
    method: 'POST',
    body: JSON.stringify(event),
    headers: { 'content-type': 'application/json' },
    signal: AbortSignal.timeout(2_000),
  }).catch(() => {})
}

export function reply({ protocol }: House, response: ServerResponse, { status, body, headers }: Reply): void {
  if (response.destroyed) return
  response.writeHead(status, { 'content-type': protocol.contentType, ...headers })
  response.end(body)
}
