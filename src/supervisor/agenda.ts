// What is to be done when: every wait and deadline of one supervisor on one timer. It never trusts the timer, only the clock: each
// time it wakes, and at least every few seconds while something is due, it sweeps what is due by now. A late, early or lost timer
// costs delay, never a forgotten deadline.
import type { Clock, Undo } from '../core/index.ts'

export interface Due {
  readonly at: number
  readonly fn: (arg: never) => void
  readonly arg: unknown
  readonly order: number
  /** Kept by the agenda: done, or dropped. */
  over: boolean
}

export interface Agenda {
  /** `fn` must not throw. With an argument it needs no closure of its own, which thousands of children would pay for. */
  in(ms: number, fn: () => void): Due
  in<T>(ms: number, fn: (arg: T) => void, arg: T): Due
  drop(due: Due | undefined): void
}

const SWEEP_MS = 5_000

export function agenda(clock: Clock): Agenda {
  // Dropped ones stay in their place until they come to the top, or are most of it: most of what is entered is dropped soon.
  let heap: Due[] = []
  let live = 0
  let order = 0
  let armedFor = Number.POSITIVE_INFINITY
  let disarm: Undo | undefined

  const put = (due: Due) => {
    let i = heap.length
    for (let parent = (i - 1) >> 1; i > 0 && before(due, heap[parent]!); parent = (i - 1) >> 1) {
      heap[i] = heap[parent]!
      i = parent
    }
    heap[i] = due
  }
  const shift = () => {
    const due = heap.pop()!
    if (heap.length === 0) return
    let i = 0
    for (;;) {
      let least = 2 * i + 1
      if (least + 1 < heap.length && before(heap[least + 1]!, heap[least]!)) least++
      if (least >= heap.length || !before(heap[least]!, due)) break
      heap[i] = heap[least]!
      i = least
    }
    heap[i] = due
  }
  const first = (): Due | undefined => {
    while (heap[0]?.over === true) shift()
    return heap[0]
  }
  const forgetDropped = () => {
    const kept = heap.filter(due => !due.over)
    heap = []
    for (const due of kept) put(due)
  }

  const arm = () => {
    const next = first()
    if (next === undefined) {
      disarm?.()
      disarm = undefined
      return
    }
    const now = clock.now()
    const at = Math.min(next.at, now + SWEEP_MS)
    // A timer that is set for no later stays; one whose time has passed is taken for lost.
    if (disarm !== undefined && armedFor <= at && armedFor >= now) return
    disarm?.()
    armedFor = at
    disarm = clock.after(Math.max(0, at - now), sweep)
  }
  const sweep = () => {
    disarm = undefined
    try {
      const now = clock.now()
      for (let due = first(); due !== undefined && due.at <= now; due = first()) {
        due.over = true
        live--
        due.fn(due.arg as never)
      }
    } finally {
      arm()
    }
  }

  return Object.freeze({
    in(ms: number, fn: (arg: never) => void, arg?: unknown): Due {
      const now = clock.now()
      const due: Due = { at: now + ms, fn, arg, order: order++, over: false }
      live++
      put(due)
      if (heap[0] === due || disarm === undefined || armedFor < now) arm()
      return due
    },
    drop(due: Due | undefined) {
      if (due === undefined || due.over) return
      due.over = true
      live--
      if (live === 0) {
        heap = []
        arm()
      } else if (heap.length > 64 && live * 4 < heap.length) forgetDropped()
    },
  })
}

function before(a: Due, b: Due): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order)
}
