// Waits with an end, and timers that do not keep a process alive.
import { type Clock, systemClock, type Undo } from '../core/index.ts'
import { lateError } from './errors.ts'

/** The promise, or a rejection when it is late. What comes after that is nobody's. */
export function within<T>(clock: Clock, ms: number, promise: Promise<T>, what: string): Promise<T> {
  return new Promise((resolve, reject) => {
    const undo = clock.after(ms, () => reject(lateError(what, ms)))
    promise.then(resolve, reject).finally(undo)
  })
}

/** A timer; a quiet one does not keep the process alive. */
export function after(clock: Clock, ms: number, quiet: boolean, fn: () => void): Undo {
  if (!quiet || clock !== systemClock) return clock.after(ms, fn)
  const timer = setTimeout(fn, ms).unref()
  return () => clearTimeout(timer)
}
