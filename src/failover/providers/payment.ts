// What the ready payment providers share: one way to ask for a charge and one shape of answer, so that a failover can move between them.
import type { Judge, Judgement } from '../../core/index.ts'
import { MAYBE, NO, NOT_DONE, OK } from '../judge.ts'

/** Operations: charge, authorize; and as follow-ups capture, refund, void. */
export interface Payment {
  /** In the currency's smallest unit. A follow-up's may be less than the first one's. */
  readonly amount: number
  /** ISO 4217, lower case: 'eur'. */
  readonly currency: string
  /** A token, never a card number: it is written down. One for all providers, or one for each by its name. */
  readonly method?: string | Readonly<Record<string, string>>
  readonly description?: string
  /** Yours: the order's number. */
  readonly reference?: string
  /** The provider's own customer, by the provider's name. */
  readonly customer?: Readonly<Record<string, string>>
}

export interface Paid {
  readonly id: string
  readonly provider: string
  readonly state: 'paid' | 'authorized' | 'refunded' | 'voided' | 'processing' | 'declined' | 'unavailable'
  readonly amount: number
  readonly currency: string
  /** Why it was declined, in the provider's words. */
  readonly says?: string
  readonly code?: string
}

export function methodFor(payment: Payment, provider: string): string | undefined {
  return typeof payment.method === 'string' ? payment.method : payment.method?.[provider]
}

/** `unavailable`: the bank or network could not be reached; nothing was done, and it is not the customer's fault. */
export function judgePaid({ state }: Paid): Judgement {
  if (state === 'declined') return NO
  if (state === 'unavailable') return NOT_DONE
  return OK
}

export function judgePayment(judgeError: (error: unknown) => Judgement): Judge {
  return answer => {
    if ('error' in answer) return judgeError(answer.error)
    return typeof (answer.value as Paid | null)?.state === 'string' ? judgePaid(answer.value as Paid) : MAYBE
  }
}

/** 1234 → '12.34'; by the currency's own number of decimals. */
export function decimal(amount: number, currency: string): string {
  const digits = digitsOf(currency)
  return (amount / 10 ** digits).toFixed(digits)
}

export function minor(amount: string, currency: string): number {
  return Math.round(Number(amount) * 10 ** digitsOf(currency))
}

function digitsOf(currency: string): number {
  return (
    new Intl.NumberFormat('en', { style: 'currency', currency: currency.toUpperCase() }).resolvedOptions()
      .maximumFractionDigits ?? 2
  )
}
