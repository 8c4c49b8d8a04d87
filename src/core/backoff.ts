// Waits that grow and are spread: many clients of one sick thing must not come back together. Pure; chance comes in by `random`.

export interface Backoff {
  readonly baseMs: number
  readonly capMs: number
  /** Share of the wait that is random: 1 is full jitter (0 … wait), 0.5 equal jitter (half … wait), 0 none. */
  readonly jitter: number
}

/** The wait before try `n` (0 = the first that waits): min(cap, base × 2ⁿ), its random share drawn by `random` in [0, 1). */
export function backoffMs(n: number, { baseMs, capMs, jitter }: Backoff, random: () => number = Math.random): number {
  const wait = Math.min(capMs, baseMs * 2 ** Math.min(n, 52))
  return wait * (1 - jitter + jitter * random())
}
