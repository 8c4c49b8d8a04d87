// Provider: one of several interchangeable third parties, as a failover sees it. Its card says what it promises about keys; what it does
// not promise is never relied on.
import type { Duration, Judge } from '../core/index.ts'
import type { Call } from '../policy/index.ts'

/** What a provider promises. */
export interface Card {
  /** How long it remembers an idempotency key: asked again with the same one, it does nothing twice. 0: it knows no keys. */
  readonly keyTtl: Duration
  /** The longest key it takes. Ours have 40 ASCII characters, or fewer where this is less. */
  readonly keyMaxLength: number
  /** It saves errors with the key and says them again: asking again can't help then, a look-up can. */
  readonly replaysErrors: boolean
  /** What its look-up does not find this long after the last try has ended was never done. Minimum 0. Default 2 min. */
  readonly settles?: Duration
  /** It may be given a small share of the traffic while it is the backup, so that it does not rot. Default true. */
  readonly keepAlive?: boolean
}

/** One try at a provider. `key` is the durable idempotency key: the same for every try of one intent here. */
export interface ProviderCall extends Call {
  readonly operation: string
  /** For a follow-up (refund, capture, void): what the owner answered to the first call. */
  readonly of?: { readonly value: unknown }
  /** Wall milliseconds of the first try here. */
  readonly since: number
  /** To be called when an SDK has sent it more than once by itself: the provider's books are then looked at after the decision. */
  resent(): void
}

/** `others`: it was done more than once there. */
export type Found<R> = { readonly value: R; readonly others?: readonly R[] } | 'not_found' | 'unknown'

export interface Provider<P, R> {
  readonly name: string
  readonly judge: Judge
  readonly card: Card
  call(operation: string, params: P, call: ProviderCall): Promise<R>
  /** What it knows of a key. Must say 'unknown' when it can't tell, never 'not_found'. */
  lookup?(key: string, call: ProviderCall): Promise<Found<R>>
  /** Proves by something cheap, with our credentials, that it works. Rejects when it does not. */
  health?(call: ProviderCall): Promise<unknown>
  /** Takes back what was done twice: a void, or a refund. */
  undo?(value: R, call: ProviderCall): Promise<unknown>
  /** What one call costs, in any unit: told when the failover returns to its first provider. */
  cost?(operation: string, params: P): number
}
