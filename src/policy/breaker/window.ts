// What lately came of the calls: ten buckets of a time window, with their sums. Constant in memory, and moved on by whoever looks.
const BUCKETS = 10

export interface Window {
  calls: number
  failed: number
  slow: number
  /** Of the newest bucket: floor(now / bucketMs). */
  at: number
  /** calls, failed and slow of each bucket, one after the other. */
  readonly buckets: Uint32Array
}

export function emptyWindow(): Window {
  return { calls: 0, failed: 0, slow: 0, at: -1, buckets: new Uint32Array(BUCKETS * 3) }
}

export function clearWindow(window: Window): void {
  window.calls = 0
  window.failed = 0
  window.slow = 0
  window.buckets.fill(0)
}

/** Forgets what is older than the window. */
export function moveWindow(window: Window, now: number, windowMs: number): void {
  const at = Math.floor(now / (windowMs / BUCKETS))
  if (at <= window.at) return
  const steps = Math.min(BUCKETS, at - window.at)
  const { buckets } = window
  for (let i = 1; i <= steps && window.calls + window.failed + window.slow > 0; i++) {
    const bucket = ((window.at + i) % BUCKETS) * 3
    window.calls -= buckets[bucket]!
    window.failed -= buckets[bucket + 1]!
    window.slow -= buckets[bucket + 2]!
    buckets.fill(0, bucket, bucket + 3)
  }
  window.at = at
}

export function count(window: Window, calls: number, failed: number, slow: number): void {
  const bucket = (window.at % BUCKETS) * 3
  const { buckets } = window
  buckets[bucket] = buckets[bucket]! + calls
  buckets[bucket + 1] = buckets[bucket + 1]! + failed
  buckets[bucket + 2] = buckets[bucket + 2]! + slow
  window.calls += calls
  window.failed += failed
  window.slow += slow
}
