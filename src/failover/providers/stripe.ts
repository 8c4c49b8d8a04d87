// stripe(client): payments through the official SDK, as it is. It saves the first answer of a key, a 500 too, and says it again for a day;
// so what it says of the charge is believed, and a saved 500 is looked up. Its own retries are turned off for each request; the one it
// can't be kept from (a connection that closed) goes out with our key, and is counted: "refused" after it proves nothing, and after a yes the
// books are looked at.
import type { Duration, Judgement } from '../../core/index.ts'
import { unsentError } from '../errors.ts'
import { judgeCommon, MAYBE, NO, NOT_DONE, retryAfterMs } from '../judge.ts'
import type { Found, Provider, ProviderCall } from '../provider.ts'
import { judgePayment, methodFor, type Paid, type Payment } from './payment.ts'

interface Intent {
  readonly id: string
  readonly status: string
  readonly amount: number
  readonly currency: string
  readonly metadata?: Readonly<Record<string, string>> | null
  readonly last_payment_error?: { readonly message?: string; readonly code?: string } | null
}
interface Refund {
  readonly id: string
  readonly amount: number
  readonly metadata?: Readonly<Record<string, string>> | null
}
interface RequestOptions {
  readonly idempotencyKey?: string
  readonly maxNetworkRetries: number
  readonly timeout: number
}
/** What is used of the SDK's client. */
export interface StripeClient {
  readonly paymentIntents: {
    create(params: never, options: RequestOptions): Promise<unknown>
    capture(id: string, params: never, options: RequestOptions): Promise<unknown>
    cancel(id: string, params: never, options: RequestOptions): Promise<unknown>
    retrieve(id: string, params: never, options: RequestOptions): Promise<unknown>
    list(params: never, options: RequestOptions): PromiseLike<{ readonly data: readonly unknown[]; readonly has_more: boolean }>
  }
  readonly refunds: {
    create(params: never, options: RequestOptions): Promise<unknown>
    list(params: never, options: RequestOptions): PromiseLike<{ readonly data: readonly unknown[] }>
  }
  readonly balance: { retrieve(params: never, options: RequestOptions): Promise<unknown> }
  on(event: 'request', handler: (request: { readonly idempotency_key?: string }) => void): void
}

export interface StripeOptions {
  /** Default 'stripe'. */
  readonly name?: string
  /** How long a key is believed to be remembered. Stripe says 24 h at least. Default 24 h. */
  readonly keyTtl?: Duration
  readonly settles?: Duration
  /** What one call costs, for the journal. */
  readonly cost?: (operation: string, payment: Payment) => number
}

const KEY = 'selfheal_key'
/** The server's clock and ours. */
const SKEW_S = 300
const PAGE = 100
const MOST_PAGES = 20

export function stripe(
  client: StripeClient,
  { name = 'stripe', keyTtl = '24h', settles, cost }: StripeOptions = {},
): Provider<Payment, Paid> {
  const tries = new Map<string, number>()
  client.on('request', ({ idempotency_key: key }) => {
    const before = key === undefined ? undefined : tries.get(key)
    if (before !== undefined) tries.set(key!, before + 1)
  })
  const options = (call: ProviderCall, key = call.key): RequestOptions => ({ idempotencyKey: key, ...reading(call) })
  const reading = (call: ProviderCall): RequestOptions => ({
    maxNetworkRetries: 0,
    timeout: Math.max(1, Math.floor(call.remaining())),
  })

  /** Says, on an error too, whether the SDK has tried more than once. */
  async function counted<T>(call: ProviderCall, work: () => Promise<T>): Promise<T> {
    const twice = () => (tries.get(call.key) ?? 0) > 1
    tries.set(call.key, 0)
    try {
      return await work()
    } catch (error) {
      if (twice()) triedTwice.add(error as object)
      throw error
    } finally {
      if (twice()) call.resent()
      tries.delete(call.key)
    }
  }
  const triedTwice = new WeakSet<object>()

  function judgeError(error: unknown): Judgement {
    const { type, code, statusCode, headers } = error as {
      type?: string
      code?: string
      statusCode?: number
      headers?: Record<string, string>
    }
    const after = retryAfterMs(headers?.['retry-after'])
    const waits = after === undefined ? {} : { retryAfterMs: after }
    if (type === 'StripeCardError') return NO
    if (type === 'StripeRateLimitError' || statusCode === 429) return { ...NOT_DONE, ...waits }
    if (type === 'StripeAuthenticationError' || type === 'StripePermissionError') return NOT_DONE
    // The same key is at work just now; or it was used with other parameters, which is a fault of ours that must not move the money.
    if (statusCode === 409 || code === 'idempotency_key_in_use') return { ...MAYBE, blame: 'none', ...waits }
    if (type === 'StripeIdempotencyError') return { ran: 'maybe', blame: 'us' }
    if (type === 'StripeInvalidRequestError') return NO
    if (statusCode !== undefined) return { ...MAYBE, ...waits }
    if (typeof error === 'object' && error !== null && triedTwice.has(error)) return MAYBE
    return judgeCommon(error) ?? MAYBE
  }

  async function call(operation: string, payment: Payment, at: ProviderCall): Promise<Paid> {
    const of = at.of?.value as Paid | undefined
    return counted(at, async () => {
      const metadata = { [KEY]: at.key, ...(payment.reference === undefined ? {} : { reference: payment.reference }) }
      if (operation === 'charge' || operation === 'authorize') {
        const params = {
          amount: payment.amount,
          currency: payment.currency,
          payment_method: methodFor(payment, name),
          confirm: true,
          off_session: true,
          metadata,
          ...(payment.customer?.[name] === undefined ? {} : { customer: payment.customer[name] }),
          ...(payment.description === undefined ? {} : { description: payment.description }),
          ...(operation === 'authorize' ? { capture_method: 'manual' } : {}),
        }
        return paidOf((await client.paymentIntents.create(params as never, options(at))) as Intent)
      }
      if (of === undefined) throw unsentError(name, at.key, `${operation} needs how.of, the key of the payment it follows`)
      if (operation === 'capture')
        return paidOf(
          (await client.paymentIntents.capture(of.id, { amount_to_capture: payment.amount } as never, options(at))) as Intent,
        )
      if (operation === 'void') return paidOf((await client.paymentIntents.cancel(of.id, {} as never, options(at))) as Intent)
      if (operation === 'refund') {
        const refund = (await client.refunds.create(
          { payment_intent: of.id, amount: payment.amount, metadata } as never,
          options(at),
        )) as Refund
        return { id: refund.id, provider: name, state: 'refunded', amount: refund.amount, currency: payment.currency }
      }
      throw unsentError(name, at.key, `there is no operation ${operation}; there are charge, authorize, capture, refund and void`)
    })
  }

  async function followed(key: string, of: Paid, at: ProviderCall): Promise<Found<Paid>> {
    if (at.operation === 'refund') {
      const { data } = await client.refunds.list({ payment_intent: of.id, limit: PAGE } as never, reading(at))
      const [first, ...others] = (data as readonly Refund[])
        .filter(one => one.metadata?.[KEY] === key)
        .map(one => ({ ...of, id: one.id, state: 'refunded' as const, amount: one.amount }))
      return first === undefined ? 'not_found' : { value: first, others }
    }
    const now = paidOf((await client.paymentIntents.retrieve(of.id, {} as never, reading(at))) as Intent)
    return now.state === (at.operation === 'void' ? 'voided' : 'paid') ? { value: now } : 'not_found'
  }

  function paidOf({ id, status, amount, currency, last_payment_error: failed }: Intent): Paid {
    const states: Readonly<Record<string, Paid['state']>> = {
      succeeded: 'paid',
      requires_capture: 'authorized',
      canceled: 'voided',
      processing: 'processing',
    }
    const state = states[status] ?? 'declined'
    const says = state === 'declined' ? { says: failed?.message ?? `the payment is ${status}` } : {}
    return { id, provider: name, state, amount, currency, ...says, ...(failed?.code === undefined ? {} : { code: failed.code }) }
  }

  return Object.freeze({
    name,
    card: { keyTtl, keyMaxLength: 255, replaysErrors: true, ...(settles === undefined ? {} : { settles }) },
    judge: judgePayment(judgeError),
    call,
    // The list is complete at once; the search is a minute behind.
    async lookup(key: string, at: ProviderCall) {
      const of = at.of?.value as Paid | undefined
      if (of !== undefined) return followed(key, of, at)
      const found: Paid[] = []
      let after: string | undefined
      for (let page = 0; page < MOST_PAGES; page++) {
        const created = { gte: Math.floor(at.since / 1_000) - SKEW_S }
        const params = { created, limit: PAGE, ...(after === undefined ? {} : { starting_after: after }) }
        const list = await client.paymentIntents.list(params as never, reading(at))
        const intents = list.data as readonly Intent[]
        found.push(...intents.filter(one => one.metadata?.[KEY] === key).map(paidOf))
        after = intents.at(-1)?.id
        if (!list.has_more || after === undefined) {
          const done = found.filter(one => one.state === 'paid' || one.state === 'authorized' || one.state === 'processing')
          const [first, ...others] = done.length > 0 ? done.reverse() : found
          return first === undefined ? ('not_found' as const) : { value: first, others }
        }
      }
      return 'unknown' as const
    },
    health: (at: ProviderCall) => client.balance.retrieve({} as never, reading(at)),
    undo: (paid: Paid, at: ProviderCall) =>
      paid.state === 'authorized'
        ? client.paymentIntents.cancel(paid.id, {} as never, options(at)).then(one => paidOf(one as Intent))
        : client.refunds
            .create({ payment_intent: paid.id } as never, options(at))
            .then(() => ({ ...paid, state: 'refunded' as const })),
    ...(cost === undefined ? {} : { cost }),
  } satisfies Provider<Payment, Paid>)
}
