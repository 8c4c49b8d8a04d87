// Ledger: where intents are kept before anything is sent. Knows no rule: it keeps records, and lets only one writer change each version.
import type { Json } from '../core/index.ts'
import type { Intent, IntentState } from './intent.ts'

export interface Kept {
  readonly intent: Intent
  /** Counts its changes, from 1. */
  readonly version: number
}

export interface Counts {
  readonly open: number
  readonly pending: number
  readonly unresolved: number
  readonly twice: number
  /** Wall milliseconds when the oldest that is not decided was made. */
  readonly oldest?: number
}

/** What a look at the open work gives, in one reading. */
export interface Work {
  readonly due: readonly Kept[]
  readonly counts: Counts
}

export interface Ledger {
  readonly kind: string
  /** The one clock that all who share this ledger go by, in wall milliseconds. */
  wall(): number
  read(failover: string, key: string): Promise<Kept | undefined>
  /** By a provider's key. */
  find(failover: string, providerKey: string): Promise<Kept | undefined>
  /**
   * Durable when it resolves. `version`: of what was read; 0 makes it new. False: somebody else was first, nothing is written.
   * `provable`: what it says can be proved anew from what was written before, so it must outlive this process, and may go with the machine.
   */
  write(intent: Intent, version: number, how?: { readonly provable?: boolean }): Promise<boolean>
  /** What the reconciler must look at by now: due, or decided and owed to the app; most urgent first. */
  work(failover: string, now: number, limit: number): Promise<Work>
  list(failover: string, filter?: { readonly state?: IntentState | 'twice'; readonly limit?: number }): Promise<readonly Intent[]>
  /** Small records of the failover itself, such as what an operator ordered. */
  note(failover: string, name: string): Promise<Json | undefined>
  setNote(failover: string, name: string, value: Json): Promise<void>
  /** Forgets what was decided before `before` and owes nobody anything. How many. */
  prune(failover: string, before: number): Promise<number>
  close?(): Promise<void>
}

/** The row beside the record: what is looked for. */
export function rowOf(intent: Intent) {
  const looks = intent.dueAt ?? null
  const last = intent.attempts.at(-1)
  return {
    state: intent.state,
    due: intent.state === 'open' || intent.state === 'pending' || intent.audit || intent.owed ? looks : null,
    twice: intent.twice.some(one => one.undone !== 'done') ? 1 : 0,
    made: intent.madeAt,
    /** Written with the try that first uses it, before it is sent. */
    keys: last?.state === 'sent' ? [last.key] : [],
  }
}
