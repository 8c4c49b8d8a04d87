// Paying for an order: asked for under the order's own key, so that however often it is asked for, by whichever process, money moves once.
//
//   reserved ─► paid ─► placed        declined, or surely not made ─► cancelled, the thing is for sale again
//          └─► not known yet ─► stays 'paying' until it is: by decided(), or by finish() after a crash
import { setTimeout as wait } from 'node:timers/promises'
import { isRejected } from 'selfheal'
import { type Failover, type Intent, isDeclined, isPending, type Paid, type Payment } from 'selfheal/failover'
import { type Database, settle, type Unpaid, unpaid } from './orders.ts'

export type Payments = Failover<Payment, Paid>
/** `unpaid`: surely not, and not for the customer's sake: the thing is for sale again, and they may try again. */
export type Checked = { readonly is: 'placed' | 'pending' | 'unpaid' } | { readonly is: 'declined'; readonly says: string }

/** What a card is called at each provider: test cards, here. */
const CARD = { stripe: 'pm_card_visa', braintree: 'fake-valid-nonce' }
const KEY = /^order-(\d+)$/
const LOOK_MS = 5_000

export async function pay(db: Database, payments: Payments, { orderId, priceCents }: Unpaid): Promise<Checked> {
  const payment = { amount: priceCents, currency: 'eur', method: CARD, reference: `order ${orderId}` }
  try {
    await settle(db, orderId, await payments.call('charge', payment, { key: `order-${orderId}`, deadline: '8s' }))
    return { is: 'placed' }
  } catch (error) {
    if (isPending(error)) return { is: 'pending' }
    if (!isDeclined(error) && !(isRejected(error) && error.policy === 'payments')) throw error
    await settle(db, orderId, 'unpaid')
    return isDeclined(error) ? { is: 'declined', says: error.says } : { is: 'unpaid' }
  }
}

/** A payment that was not known is known now. Told again until this has gone well. */
export async function decided(db: Database, { key, state, value }: Intent): Promise<void> {
  const orderId = Number(KEY.exec(key)?.[1])
  if (!Number.isInteger(orderId)) return
  await settle(db, orderId, state === 'ok' ? (value as unknown as Paid) : 'unpaid')
}

/** Asks on for orders whose process ended between two steps: the same key gives the same answer. Runs until `signal` aborts. */
export async function finish(db: Database, payments: Payments, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    // While the database or all providers are away there is nothing to finish: they say so themselves.
    for (const order of await unpaid(db).catch(() => [])) await pay(db, payments, order).catch(() => {})
    await wait(LOOK_MS, undefined, { signal }).catch(() => {})
  }
}
