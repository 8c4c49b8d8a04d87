// Idempotency keys as Stripe keeps them: the first status and body, once execution has begun, a 500 too, said again to the same key until
// it is pruned. Not saved: what was refused before execution, and a conflict with the same key at work.

export interface Saved {
  readonly status: number
  readonly body: string
}

export type Claimed =
  | { readonly is: 'new' }
  | { readonly is: 'busy' }
  | { readonly is: 'other' }
  | { readonly is: 'saved'; readonly saved: Saved }

export interface Keys {
  /** Begins the execution of a key, or says why it must not. `print`: of the parameters. */
  claim(key: string, print: string): Claimed
  /** The execution has ended; nothing to save: the key is free again. */
  release(key: string, saved?: Saved): void
  /** Forgets the keys whose time is over; nobody may count on them before that either. */
  prune(): void
  clear(): void
  /** ttlMs: how long a key is remembered. honoured false: keys are ignored, as a provider must not. */
  set(rules: { readonly ttlMs?: number; readonly honoured?: boolean }): void
}

const DAY_MS = 86_400_000

export function keys(): Keys {
  const known = new Map<string, { readonly print: string; readonly at: number; saved?: Saved }>()
  let ttlMs = DAY_MS
  let honoured = true
  return Object.freeze({
    claim(key, print) {
      if (key === '' || !honoured) return { is: 'new' }
      const entry = known.get(key)
      if (entry !== undefined && !(entry.saved !== undefined && Date.now() - entry.at >= ttlMs)) {
        if (entry.print !== print) return { is: 'other' }
        return entry.saved === undefined ? { is: 'busy' } : { is: 'saved', saved: entry.saved }
      }
      known.set(key, { print, at: Date.now() })
      return { is: 'new' }
    },
    release(key, saved) {
      const entry = known.get(key)
      if (entry === undefined) return
      if (saved === undefined) known.delete(key)
      else entry.saved = saved
    },
    prune() {
      for (const [key, entry] of known) if (entry.saved !== undefined && Date.now() - entry.at >= ttlMs) known.delete(key)
    },
    clear: () => known.clear(),
    set(rules) {
      ttlMs = rules.ttlMs ?? ttlMs
      honoured = rules.honoured ?? honoured
    },
  } satisfies Keys)
}
