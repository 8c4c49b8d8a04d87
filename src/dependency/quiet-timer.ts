// Timers that never keep a process alive: a script whose work is done ends, whatever is being watched. (Clock.after does keep it alive.)
import { type Clock, systemClock, type Undo } from '../core/index.ts'

export function quietly(clock: Clock, ms: number, fn: () => void): Undo {
  if (clock !== systemClock) return clock.after(ms, fn)
  const timer = setTimeout(fn, ms).unref()
  return () => clearTimeout(timer)
}
