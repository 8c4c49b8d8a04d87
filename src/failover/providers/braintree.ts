// braintree(gateway): payments through the official SDK, as it is. Braintree knows no idempotency keys: a sale sent twice is two sales. So
// what is unknown is never sent again, but searched by its order number, which is our key. The SDK does not retry.
import type { Duration, Judgement } from '../../core/index.ts'
import { unsentError } from '../errors.ts'
import { judgeCommon, MAYBE, NO, NOT_DONE } from '../judge.ts'
import type { Provider, ProviderCall } from '../provider.ts'
import { decimal, judgePayment, methodFor, minor, type Paid, type Payment } from './payment.ts'

interface Transaction {
  readonly id: string
  readonly type?: string
  readonly status: string
  readonly amount: string
  readonly currencyIsoCode: string
  readonly processorResponseCode?: string
  readonly processorResponseText?: string
  readonly gatewayRejectionReason?: string
}
interface Result {
  readonly success: boolean
  readonly message?: string
  readonly transaction?: Transaction
}
/** What is used of the SDK's gateway. */
export interface BraintreeGateway {
  readonly config: { timeout: number; readonly environment?: unknown }
  readonly transaction: {
    sale(params: never): Promise<unknown>
    submitForSettlement(id: string, amount?: string): Promise<unknown>
    refund(id: string, options: never): Promise<unknown>
    void(id: string): Promise<unknown>
    find(id: string): Promise<unknown>
    search(fn: (search: never) => void): unknown
  }
  readonly clientToken: { generate(params: never): Promise<unknown> }
}

export interface BraintreeOptions {
  /** Default 'braintree'. */
  readonly name?: string
  readonly settles?: Duration
  readonly cost?: (operation: string, payment: Payment) => number
}

const AUTHORIZED = ['authorized', 'authorizing']
const PAID = ['submitted_for_settlement', 'settling', 'settled', 'settlement_pending', 'settlement_confirmed']
const LOST = ['failed', 'processor_declined', 'gateway_rejected', 'settlement_declined', 'authorization_expired']
/** "Try again later": the bank's network could not be reached. Nothing was charged, and the card is not to blame. */
const UNAVAILABLE = /^(?:2046|2057|3000)$/
const LONGEST_MS = 60_000

export function braintree(
  gateway: BraintreeGateway,
  { name = 'braintree', settles, cost }: BraintreeOptions = {},
): Provider<Payment, Paid> {
  // The SDK gives its requests one end for all: ours are nearer.
  if (!(gateway.config.timeout <= LONGEST_MS)) gateway.config.timeout = LONGEST_MS

  function judgeError(error: unknown): Judgement {
    const type = (error as { type?: string } | null)?.type
    if (type === 'authenticationError' || type === 'authorizationError' || type === 'upgradeRequired') return NOT_DONE
    if (type === 'tooManyRequestsError') return NOT_DONE
    if (type === 'notFoundError') return NO
    if (type === 'invalidKeysError') return NO
    return judgeCommon(error) ?? MAYBE
  }

  async function call(operation: string, payment: Payment, at: ProviderCall): Promise<Paid> {
    const of = at.of?.value as Paid | undefined
    const amount = decimal(payment.amount, payment.currency)
    if (operation === 'charge' || operation === 'authorize') {
      const params = {
        amount,
        orderId: at.key,
        paymentMethodNonce: methodFor(payment, name),
        options: { submitForSettlement: operation === 'charge' },
        ...(payment.customer?.[name] === undefined ? {} : { customerId: payment.customer[name] }),
      }
      return paidOf((await gateway.transaction.sale(params as never)) as Result, payment)
    }
    if (of === undefined) throw unsentError(name, at.key, `${operation} needs how.of, the key of the payment it follows`)
    if (operation === 'capture') return paidOf((await gateway.transaction.submitForSettlement(of.id, amount)) as Result, payment)
    if (operation === 'void') return paidOf((await gateway.transaction.void(of.id)) as Result, payment)
    if (operation === 'refund') {
      const paid = paidOf((await gateway.transaction.refund(of.id, { amount, orderId: at.key } as never)) as Result, payment)
      return paid.state === 'paid' || paid.state === 'authorized' ? { ...paid, state: 'refunded' } : paid
    }
    throw unsentError(name, at.key, `there is no operation ${operation}; there are charge, authorize, capture, refund and void`)
  }

  function paidOf({ success, message, transaction }: Result, payment: Payment): Paid {
    if (transaction === undefined)
      return {
        id: '',
        provider: name,
        state: 'declined',
        amount: payment.amount,
        currency: payment.currency,
        says: message ?? 'no reason told',
      }
    const paid = fromBooks(transaction)
    return success
      ? paid
      : {
          ...paid,
          state: UNAVAILABLE.test(transaction.processorResponseCode ?? '') ? 'unavailable' : 'declined',
          says: message ?? paid.says ?? 'no reason told',
        }
  }

  function fromBooks(t: Transaction): Paid {
    const state = PAID.includes(t.status)
      ? t.type === 'credit'
        ? 'refunded'
        : 'paid'
      : AUTHORIZED.includes(t.status)
        ? 'authorized'
        : t.status === 'voided'
          ? 'voided'
          : LOST.includes(t.status)
            ? 'declined'
            : 'processing'
    const currency = t.currencyIsoCode.toLowerCase()
    const says = state === 'declined' ? { says: t.processorResponseText ?? t.gatewayRejectionReason ?? t.status } : {}
    const code = state === 'declined' && t.processorResponseCode !== undefined ? { code: t.processorResponseCode } : {}
    return { id: t.id, provider: name, state, amount: minor(t.amount, currency), currency, ...says, ...code }
  }

  return Object.freeze({
    name,
    card: { keyTtl: 0, keyMaxLength: 255, replaysErrors: false, ...(settles === undefined ? {} : { settles }) },
    judge: judgePayment(judgeError),
    call,
    async lookup(key: string, at: ProviderCall) {
      const of = at.of?.value as Paid | undefined
      if (of !== undefined && at.operation !== 'refund') {
        const now = fromBooks((await gateway.transaction.find(of.id)) as Transaction)
        return now.state === (at.operation === 'void' ? 'voided' : 'paid') ? { value: now } : ('not_found' as const)
      }
      const found: Paid[] = []
      const stream = gateway.transaction.search(search =>
        (search as { orderId(): { is(key: string): void } }).orderId().is(key),
      ) as AsyncIterable<Transaction>
      for await (const one of stream) found.push(fromBooks(one))
      const done = found.filter(
        one => one.state === 'paid' || one.state === 'refunded' || one.state === 'authorized' || one.state === 'processing',
      )
      const [first, ...others] = done.length > 0 ? done : found
      return first === undefined ? ('not_found' as const) : { value: first, others }
    },
    health: () => gateway.clientToken.generate({} as never),
    undo: async (paid: Paid) => {
      const voided = (await gateway.transaction.void(paid.id)) as Result
      // Settled already: only a refund takes it back.
      const result = voided.success ? voided : ((await gateway.transaction.refund(paid.id, {} as never)) as Result)
      return result.success
        ? { ...paid, state: voided.success ? ('voided' as const) : ('refunded' as const) }
        : { ...paid, state: 'declined' as const, says: result.message ?? 'no reason told' }
    },
    ...(cost === undefined ? {} : { cost }),
  } satisfies Provider<Payment, Paid>)
}
