// How long a dependency takes to answer, of the last five to ten minutes: counted in steps of a quarter, so that a call costs one increment and the
// whole two small arrays. For the snapshot, and by it for samples that a month is compared with.
import type { Clock } from '../core/index.ts'

export interface Latency {
  took(ms: number): void
  /** null: nothing was answered lately. To about a tenth. */
  read(): { readonly calls: number; readonly p50Ms: number; readonly p95Ms: number } | null
}

const HALF_MS = 5 * 60_000
const STEP = Math.log(1.25)
/** 1 ms × 1.25⁵⁵: over three minutes. */
const STEPS = 56

export function latency(clock: Clock): Latency {
  let now = new Uint32Array(STEPS)
  let before = new Uint32Array(STEPS)
  let since = clock.now()
  const turn = () => {
    const halves = Math.floor((clock.now() - since) / HALF_MS)
    if (halves === 0) return
    const old = before
    before = halves === 1 ? now : old.fill(0)
    now = halves === 1 ? old.fill(0) : now.fill(0)
    since += halves * HALF_MS
  }
  return {
    took(ms) {
      turn()
      const step = ms < 1 ? 0 : Math.min(STEPS - 1, 1 + Math.floor(Math.log(ms) / STEP))
      now[step] = now[step]! + 1
    },
    read() {
      turn()
      const all = now.map((count, i) => count + before[i]!)
      const calls = all.reduce((sum, count) => sum + count, 0)
      return calls === 0 ? null : { calls, p50Ms: at(all, calls * 0.5), p95Ms: at(all, calls * 0.95) }
    },
  }
}

/** The middle of the step in which the `rank`th call is. */
function at(counts: Uint32Array, rank: number): number {
  let seen = 0
  const step = counts.findIndex(count => (seen += count) >= rank)
  const ms = step === 0 ? 0.5 : Math.exp(STEP * (step - 0.5))
  return ms < 10 ? Math.round(ms * 10) / 10 : Math.round(ms)
}
