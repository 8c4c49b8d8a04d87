// A wait that keeps no script alive that is done, and is in nobody's context: for what is watched, beside what is asked.
import { outsideFrames } from './ambient.ts'
import { type Clock, systemClock, type Undo } from './clock.ts'

const MAX_MS = 2 ** 31 - 1

/** Like `clock.after`; on the machine's own clock the wait does not keep the process alive. At most 24 days: look again then. */
export function quietAfter(clock: Clock, ms: number, fn: () => void): Undo {
  return outsideFrames(() => {
    if (clock !== systemClock) return clock.after(ms, fn)
    const timer = setTimeout(fn, Math.min(MAX_MS, Math.max(0, ms))).unref()
    return () => clearTimeout(timer)
  })
}
