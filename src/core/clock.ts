// The one clock every factory takes. Decisions use now() (monotonic: a stepped wall clock moves nothing); wall() is for people only.

/** Undoes what the call that returned it did. Calling it twice does no harm. */
export type Undo = () => void

export interface Clock {
  /** Monotonic milliseconds since an arbitrary start. */
  now(): number
  /** Milliseconds since 1970, for records that people read. Never compare two of them. */
  wall(): number
  /** Calls `fn` once after `ms` milliseconds. The timer keeps the process alive until it fires or is undone. */
  after(ms: number, fn: () => void): Undo
}

const MAX_TIMER_MS = 2 ** 31 - 1

/** The machine's clock: `performance.now`, `Date.now` and `setTimeout` (a wait longer than 24.8 days is done in steps). */
export const systemClock: Clock = Object.freeze({
  now: () => performance.now(),
  wall: () => Date.now(),
  after(ms: number, fn: () => void): Undo {
    let timer: NodeJS.Timeout
    const arm = (left: number) => {
      timer = left > MAX_TIMER_MS ? setTimeout(() => arm(left - MAX_TIMER_MS), MAX_TIMER_MS) : setTimeout(fn, Math.max(0, left))
    }
    arm(ms)
    return () => clearTimeout(timer)
  },
})
