// What the hosts tell the observer, and what it orders.
export const FLEET = 'proof'
export const NAME = 'nightly-report'

export type Told =
  | { readonly kind: 'acts' | 'wrote' | 'refused' | 'still' | 'restarts' | 'restarted'; readonly token: number }
  | { readonly kind: 'failed'; readonly token: number; readonly why: string }
  | { readonly kind: 'set'; readonly target: string; readonly refusals: number }
  | { readonly kind: 'forces'; readonly all: readonly string[] }
  | { readonly kind: `fleet.${string}`; readonly why: string }
  | { readonly kind: 'observer' | 'ended'; readonly why: string }

export type Entry = Told & { readonly at: number; readonly host: string; readonly pid: number }

/** The entries of one kind. */
export type Of<K extends Entry['kind'], E = Entry> = E extends { readonly kind: infer X }
  ? K extends X
    ? E & { readonly kind: K }
    : never
  : never

export type Order = { readonly force: string } | { readonly pause: 'before' | 'inside' } | { readonly leave: true }

/** Milliseconds of CLOCK_MONOTONIC: the same in all processes of a machine. */
export const now = () => Number(process.hrtime.bigint() / 1_000n) / 1_000
