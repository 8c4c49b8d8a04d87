// Whose fault is it that a program's dependency stays down? Pure. Three fresh probes that pass, over 30 s, while the program's own view stays
// down, say: the program's (a rotated password, stale DNS, a leaked pool). One that misses says: the dependency's; asked again ever more seldom.
//
//   down for 10 s ─► probe ─ pass, 15 s, pass, 15 s, pass ─► ours ─► again in 5 min, if it is still down
//                      └ miss ─► theirs ─► again in 30 s, 1 min, 2 min … 5 min

export interface Suspicion {
  passes: number
  firstPassAt: number
  misses: number
}
export interface Verdict {
  readonly fault: 'unknown' | 'theirs' | 'ours'
  /** When to probe next, if it is down still. */
  readonly nextMs: number
}

export const FIRST_MS = 10_000
const PASSES = 3
const OVER_MS = 30_000
const EVERY_MS = 15_000
const MISSED_MS = 30_000
const MOST_MS = 300_000

export const suspicion = (): Suspicion => ({ passes: 0, firstPassAt: 0, misses: 0 })

export function onProbe(state: Suspicion, passed: boolean, now: number): Verdict {
  if (!passed) {
    state.passes = 0
    state.misses++
    return { fault: 'theirs', nextMs: Math.min(MOST_MS, MISSED_MS * 2 ** (state.misses - 1)) }
  }
  if (state.passes++ === 0) state.firstPassAt = now
  if (state.passes < PASSES || now - state.firstPassAt < OVER_MS) return { fault: 'unknown', nextMs: EVERY_MS }
  state.passes = 0
  return { fault: 'ours', nextMs: MOST_MS }
}
