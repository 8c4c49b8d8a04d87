// Work under way that must hear when its caller was cut. Most queries are over within a millisecond, so nothing is done for them: a sweep
// every few milliseconds reads the signal (which costs an AbortController) of those that are still here.
import type { Call } from '../policy/index.ts'

const SWEEP_MS = 20

export interface Flight {
  readonly call: Call
  /** Its caller was answered without it. */
  readonly cut: () => void
  armed: boolean
  /** When the sweep first saw it. */
  seenAt: number
}

export interface Flights {
  begin(flight: Flight): void
  end(flight: Flight): void
  /** How many have been under way for longer. */
  late(ms: number): number
}

export function flights(): Flights {
  const all = new Set<Flight>()
  const listeners = new WeakMap<Flight, () => void>()
  let timer: NodeJS.Timeout | undefined
  const arm = (flight: Flight, now: number) => {
    flight.armed = true
    flight.seenAt = now
    const { signal } = flight.call
    if (signal.aborted) {
      flight.cut()
      return
    }
    const cut = () => flight.cut()
    listeners.set(flight, cut)
    signal.addEventListener('abort', cut, { once: true })
  }
  const sweep = () => {
    timer = undefined
    const now = performance.now()
    for (const flight of all) if (!flight.armed) arm(flight, now)
    if (all.size > 0) timer = setTimeout(sweep, SWEEP_MS).unref()
  }
  return Object.freeze({
    begin(flight: Flight) {
      all.add(flight)
      if (timer === undefined) timer = setTimeout(sweep, SWEEP_MS).unref()
    },
    end(flight: Flight) {
      all.delete(flight)
      if (!flight.armed) return
      const cut = listeners.get(flight)
      if (cut !== undefined) flight.call.signal.removeEventListener('abort', cut)
    },
    late(ms: number) {
      const before = performance.now() - ms
      let late = 0
      for (const flight of all) {
        // In the order of their beginning.
        if (!flight.armed || flight.seenAt > before) break
        late++
      }
      return late
    },
  })
}
