// How most people write it. A try-catch that knows a refused card from an error, and notifme-sdk's way: the next one on any error. Both
// without memory, each try with a key of its own, as the SDKs make it.
import { randomUUID } from 'node:crypto'
import type { Paid, Payment, Provider, ProviderCall } from '../../src/failover/index.ts'

type Way = (
  providers: readonly Provider<Payment, Paid>[],
  payment: (amount: number) => Payment,
  timeoutMs: number,
) => (amount: number) => Promise<Paid>

export const tryCatch: Way = (providers, payment, timeoutMs) => async amount => {
  try {
    return await charge(providers[0]!, payment(amount), timeoutMs)
  } catch (error) {
    const { blame } = providers[0]!.judge({ error })
    if (blame === 'caller') throw error
    return charge(providers[1]!, payment(amount), timeoutMs)
  }
}

export const nextOnAnyError: Way = (providers, payment, timeoutMs) => async amount => {
  let last: unknown
  for (const provider of providers) {
    try {
      return await charge(provider, payment(amount), timeoutMs)
    } catch (error) {
      last = error
    }
  }
  throw last
}

async function charge(provider: Provider<Payment, Paid>, payment: Payment, timeoutMs: number): Promise<Paid> {
  const deadline = performance.now() + timeoutMs
  const call = {
    key: randomUUID(),
    operation: 'charge',
    attempt: 1,
    idempotent: false,
    priority: 'default',
    deadline,
    since: Date.now(),
    signal: AbortSignal.timeout(timeoutMs),
    remaining: () => Math.max(0, deadline - performance.now()),
    resent: () => {},
  } satisfies ProviderCall
  const late = new Promise<never>((_, reject) => setTimeout(() => reject(new Error('timeout')), timeoutMs))
  const paid = await Promise.race([provider.call('charge', payment, call), late])
  if (paid.state === 'declined') throw Object.assign(new Error(paid.says), { type: 'StripeCardError' })
  if (paid.state === 'unavailable') throw new Error(paid.says)
  return paid
}
