// Finds how many may run at once from how long they take: a gradient of the long-time latency to the latest, as Netflix' Gradient2. It
// grows only when it is used, and shrinks at once on timeouts. Pure: samples in, a limit out.

export interface AdaptiveFigures {
  readonly start: number
  readonly min: number
  readonly max: number
}

export interface Adaptive {
  limit: number
  /** The long-time latency; 0 before the first. */
  longMs: number
  /** Of the stretch that is being measured. */
  since: number
  samples: number
  sumMs: number
  mostRunning: number
  cut: boolean
}

const STRETCH_MS = 100
const SAMPLES = 10
const LONG = 600
const SMOOTHING = 0.2
const TOLERANCE = 1.5
/** Differences below this are the noise of timers and the loop. */
const NOISE_MS = 2

export function newAdaptive(f: AdaptiveFigures, now: number): Adaptive {
  return { limit: f.start, longMs: 0, since: now, samples: 0, sumMs: 0, mostRunning: 0, cut: false }
}

/** One call has ended after `tookMs`, with so many running; `cut`: it was given up as late. The limit from here on. */
export function sample(a: Adaptive, f: AdaptiveFigures, tookMs: number, running: number, cut: boolean, now: number): number {
  a.samples++
  a.sumMs += tookMs
  a.mostRunning = Math.max(a.mostRunning, running)
  a.cut ||= cut
  if (a.samples < SAMPLES || now - a.since < STRETCH_MS) return Math.floor(a.limit)
  const shortMs = a.sumMs / a.samples
  a.longMs = a.longMs === 0 ? shortMs : a.longMs + (2 / (LONG + 1)) * (shortMs - a.longMs)
  // Well again after a long trouble: the memory of it fades faster.
  if (a.longMs > 2 * shortMs) a.longMs *= 0.95
  const gradient =
    shortMs - a.longMs < NOISE_MS ? 1 : Math.max(0.5, Math.min(1, (TOLERANCE * a.longMs) / Math.max(shortMs, 0.001)))
  const wanted = a.cut ? a.limit * 0.8 : a.limit * gradient + Math.sqrt(a.limit)
  const smooth = a.cut ? wanted : a.limit * (1 - SMOOTHING) + wanted * SMOOTHING
  // An unused limit says nothing about how high it could be.
  if (smooth < a.limit || a.mostRunning > a.limit / 2) a.limit = Math.max(f.min, Math.min(f.max, smooth))
  a.since = now
  a.samples = 0
  a.sumMs = 0
  a.mostRunning = 0
  a.cut = false
  return Math.floor(a.limit)
}
