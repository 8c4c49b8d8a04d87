// What a machine of the proof is told and tells, and the times all of them keep: real ones, made small.
import type { Mutant } from './mutants.ts'
import type { Step } from './plan.ts'

export interface MachineConfig {
  readonly way: 'selfheal' | 'try-catch' | 'next-on-any-error'
  readonly mutant?: Mutant
  readonly stripe: number
  readonly braintree: number
  /** How long the first provider promises to remember a key. */
  readonly keyTtl: number | '1d'
  readonly first: 'stripe' | 'braintree'
  readonly ledger: { readonly sqlite: string } | { readonly postgres: string; readonly schema: string }
  /** Which order is killed at which step, by its amount; done ones are noted in a file. */
  readonly kills: Readonly<Record<number, Step>>
  readonly killed: string
  readonly seed: number
}
export type Told =
  | { readonly is: 'ready'; readonly webhooks: number }
  | { readonly is: 'answer'; readonly amount: number; readonly as: Answer; readonly says: string }
  | { readonly is: 'event'; readonly name: string; readonly level: string; readonly data: unknown }
export type Answer = 'ok' | 'declined' | 'pending' | 'not_done' | 'error'

/**
 * `stall`: the longest a process is made to stand still. `room`: what `settles` leaves of itself when a provider charges as late as the
 * plan has it (450 ms) and the loops take their time.
 */
export const NUMBERS = {
  deadline: 1_500,
  attempt: 300,
  settles: 2_000,
  every: 60,
  keyTtl: 4_000,
  prunedAfter: 4_500,
  stall: 1_000,
  room: 1_300,
} as const
