// What a caller of a failover meets beside the answer: the provider's no, "not known yet", and our own refusals. Each says what was done
// about it, and what to tell the customer.
import { formatMs, RejectedError } from '../core/index.ts'

const DECLINED = Symbol.for('selfheal.declined.1')

export interface DeclinedFacts {
  readonly provider: string
  /** What the provider says, for us. */
  readonly says: string
  /** The provider's own code. */
  readonly decline?: string
  readonly cause?: unknown
}

/** The provider's no: the card was refused. It is the answer: no other provider is asked, and the same key gives the same. */
export class DeclinedError extends Error implements DeclinedFacts {
  override readonly name = 'DeclinedError'
  readonly code = 'SELFHEAL_FAILOVER_DECLINED'
  readonly provider!: string
  readonly says!: string
  readonly decline?: string
  constructor(facts: DeclinedFacts) {
    const { cause, ...rest } = facts
    super(`${facts.provider} declined: ${facts.says}`, cause === undefined ? undefined : { cause })
    Object.assign(this, rest)
    Object.defineProperty(this, DECLINED, { value: true })
  }
}

export function isDeclined(error: unknown): error is DeclinedError {
  return typeof error === 'object' && error !== null && DECLINED in error
}

/** It may have been done: keep the order, tell the customer that it is being checked, never ask them to pay again. */
export function isPending(error: unknown): error is RejectedError {
  return (error as { code?: unknown } | null)?.code === 'SELFHEAL_FAILOVER_PENDING'
}

export function pendingError(failover: string, key: string, why: string, cause?: unknown): RejectedError {
  return new RejectedError(`${failover}: ${key} is not decided yet: ${why}. It is looked at again until it is.`, {
    code: 'SELFHEAL_FAILOVER_PENDING',
    policy: failover,
    key,
    ran: 'maybe',
    hint: `Keep the order as pending and say so to the customer; decided() tells the end, and selfheal failover show ${key} the tries.`,
    ...(cause === undefined ? {} : { cause }),
  })
}

export function notDoneError(failover: string, key: string, why: string, cause?: unknown, retryAfterMs?: number): RejectedError {
  return new RejectedError(`${failover}: ${key} was not done: ${why}. Nothing was charged or sent.`, {
    code: 'SELFHEAL_FAILOVER_NOT_DONE',
    policy: failover,
    key,
    ran: 'no',
    hint: 'It may be asked for again with the same key. selfheal failover list shows how the providers are.',
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    ...(cause === undefined ? {} : { cause }),
  })
}

export function keyReusedError(failover: string, key: string): RejectedError {
  return new RejectedError(`${failover}: ${key} was used before for another request, so nothing was sent.`, {
    code: 'SELFHEAL_FAILOVER_KEY_REUSED',
    policy: failover,
    key,
    ran: 'no',
    hint: 'One key is one intent: give what is meant anew (another amount, another card) a key of its own.',
  })
}

export function ledgerError(failover: string, key: string, cause: unknown): RejectedError {
  const says = cause instanceof Error ? cause.message : String(cause)
  return new RejectedError(`${failover}: ${key} was not sent, because it could not be written down first: ${says}`, {
    code: 'SELFHEAL_FAILOVER_LEDGER',
    policy: failover,
    key,
    ran: 'no',
    hint:
      (cause as { mend?: string } | null)?.mend ?? 'Look at the ledger’s disk or database; the same key may be asked for again.',
    cause,
  })
}

export function noOwnerError(failover: string, key: string, of: string, state: string): RejectedError {
  return new RejectedError(`${failover}: ${key} follows ${of}, which ${state}, so nothing was sent.`, {
    code: 'SELFHEAL_FAILOVER_NO_OWNER',
    policy: failover,
    key,
    ran: 'no',
    hint: `A refund, capture or void goes to the provider that did the first: look with selfheal failover show ${of}.`,
  })
}

/** A try that is cut at its end: it may have run. */
export function cutError(provider: string, key: string, afterMs: number): RejectedError {
  return new RejectedError(`${provider} did not answer within ${formatMs(afterMs)}`, {
    code: 'SELFHEAL_FAILOVER_CUT',
    policy: provider,
    key,
    ran: 'maybe',
    hint: 'It may have been done: it is asked again with the same key, or looked up.',
  })
}

/** Refused before its bytes left. */
export function unsentError(provider: string, key: string, why: string): RejectedError {
  return new RejectedError(`${provider} was not asked: ${why}`, {
    code: 'SELFHEAL_FAILOVER_UNSENT',
    policy: provider,
    key,
    ran: 'no',
    hint: 'The next provider is asked, where there is one.',
  })
}
