// Work under way that must hear when its caller was cut. Most queries are over within a millisecond, so nothing is done for them: a sweep
// every few milliseconds reads the signal (which costs an AbortController) of those that are still here. Flights are intrusive, in the
// order of their beginning.
import type { Call } from '../policy/index.ts'

const SWEEP_MS = 20

export class Flight {
  readonly call: Call
  armed = false
  /** When the sweep first saw it. */
  seenAt = 0
  listener: (() => void) | undefined = undefined
  before: Flight | undefined = undefined
  after: Flight | undefined = undefined

  constructor(call: Call) {
    this.call = call
  }

  /** Its caller was answered without it. */
  cut(): void {}
}

export interface Flights {
  begin(flight: Flight): void
  end(flight: Flight): void
  /** How many have been under way for longer. */
  late(ms: number): number
}

export function flights(): Flights {
  let first: Flight | undefined
  let last: Flight | undefined
  let timer: NodeJS.Timeout | undefined
  const arm = (flight: Flight, now: number) => {
    flight.armed = true
    flight.seenAt = now
    const { signal } = flight.call
    if (signal.aborted) {
      flight.cut()
      return
    }
    flight.listener = () => flight.cut()
    signal.addEventListener('abort', flight.listener, { once: true })
  }
  const sweep = () => {
    timer = undefined
    const now = performance.now()
    for (let flight = last; flight !== undefined && !flight.armed; flight = flight.before) arm(flight, now)
    if (first !== undefined) timer = setTimeout(sweep, SWEEP_MS).unref()
  }
  return Object.freeze({
    begin(flight: Flight) {
      flight.before = last
      if (last === undefined) first = flight
      else last.after = flight
      last = flight
      if (timer === undefined) timer = setTimeout(sweep, SWEEP_MS).unref()
    },
    end(flight: Flight) {
      const { before, after } = flight
      if (before === undefined) first = after
      else before.after = after
      if (after === undefined) last = before
      else after.before = before
      flight.before = undefined
      flight.after = undefined
      if (flight.listener !== undefined) flight.call.signal.removeEventListener('abort', flight.listener)
    },
    late(ms: number) {
      const before = performance.now() - ms
      let late = 0
      for (let flight = first; flight?.armed && flight.seenAt <= before; flight = flight.after) late++
      return late
    },
  })
}
