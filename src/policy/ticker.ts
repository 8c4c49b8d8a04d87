// A coarse clock for the hot path: while calls are made, a timer of its own reads the machine's clock every few milliseconds, and calls read
// that (a read of the clock costs as much as a bare await). It lags by what the current turn of the loop has taken, never more. It also
// knows for how long the loop was blocked: a call is not slow because we were. It never keeps the process alive.
import { type Clock, outsideFrames, systemClock } from '../core/index.ts'

const EVERY_MS = 5
/** A tick so late means that the loop was blocked. */
const LATE_MS = 15
/** Ticks without a reader, after which it stops. */
const IDLE_TICKS = 100
// Captured at import: a test that mocks the timers later would stop the time.
const { setInterval, clearInterval } = globalThis

export class Ticker {
  #now = 0
  #blocked = 0
  #idle = 0
  #timer: NodeJS.Timeout | undefined
  #read = false

  now(): number {
    if (this.#timer === undefined) this.#start()
    this.#read = true
    return this.#now
  }

  /** Milliseconds for which the loop has been blocked so far. */
  blocked(): number {
    return this.#blocked
  }

  #start() {
    this.#now = systemClock.now()
    this.#idle = 0
    outsideFrames(() => {
      this.#timer = setInterval(() => this.#tick(), EVERY_MS)
    })
    this.#timer!.unref()
  }

  #tick() {
    const now = systemClock.now()
    const late = now - this.#now - EVERY_MS
    if (late > LATE_MS) this.#blocked += late
    this.#now = now
    if (this.#read) {
      this.#read = false
      this.#idle = 0
    } else if (++this.#idle > IDLE_TICKS) {
      clearInterval(this.#timer)
      this.#timer = undefined
    }
  }
}

const ticker = new Ticker()

/** A manual clock is exact and cheap: it needs none. */
export function tickerOf(clock: Clock): Ticker | undefined {
  return clock === systemClock ? ticker : undefined
}
