// Intent: something we mean to have done, with its key and every try, as the ledger keeps it. Data only; rule.ts says what follows.
//
//   open ──▶ ok          done, at the owner
//     │ ▲ ─▶ declined    the provider's no: the answer, here and for good
//     │ │ ─▶ not_done    proved not done anywhere; the same key may be tried anew
//     ▼ └──────────────┐
//   pending ───────────┴▶ ok · declined · not_done · unresolved (a person must look: no key and no look-up can tell)
import type { Json } from '../core/index.ts'

/** `sent`: the bytes may have left. `not_done`: a look-up proved that nothing came of it. */
export type AttemptState = 'sent' | 'ok' | 'declined' | 'not_sent' | 'unknown' | 'not_done'

export interface Attempt {
  readonly provider: string
  /** The provider's idempotency key. */
  readonly key: string
  readonly state: AttemptState
  /** Wall milliseconds, all of them. */
  readonly at: number
  /** Past this, whoever meant to send it must not. */
  readonly until: number
  readonly endedAt?: number
  readonly says?: string
  /** The provider's SDK sent it more than once by itself. */
  readonly resent?: true
  /** Known from a webhook or a look-up while it was under way: it may be sending still. */
  readonly hearsay?: true
}

export type IntentState = 'open' | 'pending' | 'ok' | 'declined' | 'not_done' | 'unresolved'

/** Done once more than meant, at `provider`. */
export interface Twice {
  readonly provider: string
  readonly value: Json
  readonly undone: 'offered' | 'done' | 'failed'
  readonly at: number
}

export interface Intent {
  readonly v: 1
  readonly failover: string
  readonly key: string
  readonly operation: string
  /** Dropped (null) once it is decided: only what a retry needs is kept. */
  readonly params: Json
  /** Of operation, params and `of`: other parameters under one key are refused. */
  readonly print: string
  /** The intent whose owner a follow-up goes to. */
  readonly of?: string
  readonly state: IntentState
  readonly owner?: string
  readonly value?: Json
  readonly decline?: { readonly provider: string; readonly says: string; readonly code?: string }
  readonly attempts: readonly Attempt[]
  readonly holder?: string
  readonly heldUntil?: number
  /** When the reconciler must look at it; absent: never. */
  readonly dueAt?: number
  /** Left to the reconciler to send. */
  readonly queued?: true
  /** How often the reconciler has tried. */
  readonly tries: number
  /** It was answered as pending, and the app waits to be told. */
  readonly owed: boolean
  /** Its providers must be looked at once more after the decision: it was tried more than once. */
  readonly audit: boolean
  readonly twice: readonly Twice[]
  readonly madeAt: number
  readonly decidedAt?: number
}

export function isDecided({ state }: Intent): boolean {
  return state === 'ok' || state === 'declined' || state === 'not_done'
}
