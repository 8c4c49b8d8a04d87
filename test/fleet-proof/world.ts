// Virtual time for several machines and one engine, all of it drawn from a seed: each machine has a clock of its own (offset, drift, a wall clock
// that is stepped), can be stopped (its timers and its mail wait) or killed; the network loses, delays, and cuts in one direction.
import type { Clock, Undo } from '../../src/core/index.ts'

export type Random = () => number

/** mulberry32. */
export function seeded(seed: number): Random {
  let a = seed >>> 0
  return () => {
    a = (a + 0x6d2b79f5) >>> 0
    let t = Math.imul(a ^ (a >>> 15), a | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
}

interface Due {
  readonly at: number
  readonly n: number
  readonly fn: () => void
  gone: boolean
}

export interface World {
  /** True time, in ms, which nobody in it can read. */
  now(): number
  at(ms: number, fn: () => void): Undo
  run(untilMs: number): Promise<void>
}

export function world(): World {
  let now = 0
  let n = 0
  const heap: Due[] = []
  const before = (a: Due, b: Due) => a.at < b.at || (a.at === b.at && a.n < b.n)
  const push = (due: Due) => {
    let i = heap.push(due) - 1
    for (let up = (i - 1) >> 1; i > 0 && before(heap[i]!, heap[up]!); i = up, up = (i - 1) >> 1)
      [heap[i], heap[up]] = [heap[up]!, heap[i]!]
  }
  const pop = (): Due | undefined => {
    const top = heap[0]
    const last = heap.pop()
    if (heap.length === 0 || last === undefined) return top
    heap[0] = last
    for (let i = 0; ; ) {
      const left = 2 * i + 1
      const small = left + 1 < heap.length && before(heap[left + 1]!, heap[left]!) ? left + 1 : left
      if (small >= heap.length || !before(heap[small]!, heap[i]!)) return top
      ;[heap[i], heap[small]] = [heap[small]!, heap[i]!]
      i = small
    }
  }
  const settled = () => new Promise<void>(resolve => setImmediate(resolve))
  return {
    now: () => now,
    at(ms, fn) {
      const due: Due = { at: now + Math.max(0, ms), n: n++, fn, gone: false }
      push(due)
      return () => {
        due.gone = true
      }
    },
    async run(untilMs) {
      await settled()
      while (heap.length > 0 && heap[0]!.at <= untilMs) {
        const due = pop()!
        if (due.gone) continue
        now = due.at
        due.fn()
        await settled()
      }
      now = untilMs
    },
  }
}

export interface Machine {
  readonly clock: Clock
  paused: boolean
  dead: boolean
  /** The last time it was stopped and went on again, in true time. */
  pausedAt: number
  stepWall(ms: number): void
  pause(): void
  resume(): void
  /** Mail for it: waits while it is stopped. */
  deliver(fn: () => void): void
}

export function machine(w: World, random: Random, mutantClock: boolean): Machine {
  const offset = random() * 1e6
  const rate = 1 + (random() - 0.5) * 0.002
  let wall = 1_700_000_000_000 + (random() - 0.5) * 60_000
  let waiting: (() => void)[] = []
  const self: Machine = {
    paused: false,
    dead: false,
    pausedAt: -1,
    clock: {
      now: () => (mutantClock ? wall + w.now() : offset + w.now() * rate),
      wall: () => wall + w.now(),
      after: (ms, fn) => {
        let gone = false
        let undo: Undo = () => {}
        const due = self.clock.now() + ms
        const arm = (left: number) => {
          undo = w.at(left / rate, () =>
            self.deliver(() => {
              if (gone) return
              // What goes by the wall clock waits anew when that was stepped back.
              if (mutantClock && self.clock.now() < due) arm(Math.max(1, due - self.clock.now()))
              else fn()
            }),
          )
        }
        arm(ms)
        return () => {
          gone = true
          undo()
        }
      },
    },
    stepWall: ms => {
      wall += ms
    },
    pause() {
      self.paused = true
      self.pausedAt = w.now()
    },
    resume() {
      self.paused = false
      self.pausedAt = w.now()
      const mail = waiting
      waiting = []
      for (const fn of mail) w.at(0, () => self.deliver(fn))
    },
    deliver(fn) {
      if (self.dead) return
      if (self.paused) waiting.push(fn)
      else fn()
    },
  }
  return self
}
