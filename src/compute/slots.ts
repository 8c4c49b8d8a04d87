// Who may run now: so many at once, and a bounded line behind them, first come, first served. A wait ends at its time or at its caller's
// abort, at once, and leaves its place to the next.
import type { Clock } from '../core/index.ts'
import { closed, queueFull, waitedOut } from './errors.ts'

export interface Slots {
  /** Resolves with a slot. Throws or rejects when there is none in time, when the line is full, or with the signal's reason. */
  take(waitMs: number, signal?: AbortSignal): Promise<void> | undefined
  /** The slot goes to the next in line, or is free. */
  giveBack(): void
  /** Everyone in line is told. */
  close(): void
  running(): number
  waiting(): number
}

export function slotsOf(most: number, queue: number, key: string, clock: Clock): Slots {
  const line: { readonly enter: () => void; readonly leave: (error: unknown) => void }[] = []
  let running = 0

  const wait = (waitMs: number, signal: AbortSignal | undefined) =>
    new Promise<void>((resolve, reject) => {
      const done = () => {
        undo()
        signal?.removeEventListener('abort', abort)
      }
      const place = {
        enter() {
          done()
          resolve()
        },
        leave(error: unknown) {
          done()
          reject(error)
        },
      }
      const quit = (error: unknown) => {
        const at = line.indexOf(place)
        if (at >= 0) line.splice(at, 1)
        place.leave(error)
      }
      const abort = () => quit(signal!.reason)
      const undo = clock.after(waitMs, () => quit(waitedOut(key, waitMs)))
      signal?.addEventListener('abort', abort, { once: true })
      line.push(place)
    })

  return Object.freeze({
    take(waitMs: number, signal?: AbortSignal) {
      if (running >= most) {
        if (line.length >= queue) throw queueFull(key, line.length)
        return wait(waitMs, signal)
      }
      running++
      return undefined
    },
    giveBack() {
      const next = line.shift()
      if (next === undefined) running--
      else next.enter()
    },
    close() {
      for (const place of line.splice(0)) place.leave(closed(key))
    },
    running: () => running,
    waiting: () => line.length,
  })
}
