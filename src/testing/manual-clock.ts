// A clock that only moves when told: tests of time without waiting.
import type { Clock, Undo } from '../core/index.ts'

export interface ManualClock extends Clock {
  /** Moves time on by `ms`, firing what falls due in order, and lets promises settle after each. */
  advance(ms: number): Promise<void>
  /** Steps the wall clock alone: nothing monotonic may move. */
  stepWall(ms: number): void
  /** How many timers wait. */
  pending(): number
}

export function manualClock(startMs = 0): ManualClock {
  let now = startMs
  let wallOffset = 1_700_000_000_000
  let n = 0
  const timers = new Map<number, { at: number; fn: () => void }>()
  const settle = () => new Promise<void>(resolve => setImmediate(resolve))
  return Object.freeze({
    now: () => now,
    wall: () => wallOffset + now,
    after(ms: number, fn: () => void): Undo {
      const id = ++n
      timers.set(id, { at: now + Math.max(0, ms), fn })
      return () => void timers.delete(id)
    },
    async advance(ms: number) {
      const end = now + ms
      await settle()
      for (;;) {
        let next: [number, { at: number; fn: () => void }] | undefined
        for (const entry of timers) if (entry[1].at <= end && (next === undefined || entry[1].at < next[1].at)) next = entry
        if (next === undefined) break
        timers.delete(next[0])
        now = Math.max(now, next[1].at)
        next[1].fn()
        await settle()
      }
      now = end
      await settle()
    },
    stepWall: (ms: number) => void (wallOffset += ms),
    pending: () => timers.size,
  })
}
