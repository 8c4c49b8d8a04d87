// What is to be done when: every wait and deadline of one supervisor on one timer. It never trusts the timer, only the clock: each
// time it wakes, and at least every few seconds while something is due, it sweeps what is due by now. A late, early or lost timer
// costs delay, never a forgotten deadline.
import type { Clock, Undo } from '../core/index.ts'

export interface Due {
  readonly at: number
  readonly fn: () => void
  /** Kept by the agenda: its place in the heap, -1 when it is done or dropped. */
  index: number
  readonly order: number
}

export interface Agenda {
  /** `fn` must not throw. */
  in(ms: number, fn: () => void): Due
  drop(due: Due | undefined): void
}

const SWEEP_MS = 5_000

export function agenda(clock: Clock): Agenda {
  const heap: Due[] = []
  let order = 0
  let armedFor = Number.POSITIVE_INFINITY
  let disarm: Undo | undefined

  const before = (a: Due, b: Due) => a.at < b.at || (a.at === b.at && a.order < b.order)
  const put = (due: Due, i: number) => {
    heap[i] = due
    due.index = i
  }
  const up = (due: Due, from: number) => {
    let i = from
    for (let parent = (i - 1) >> 1; i > 0 && before(due, heap[parent]!); parent = (i - 1) >> 1) {
      put(heap[parent]!, i)
      i = parent
    }
    put(due, i)
  }
  const down = (due: Due, from: number) => {
    let i = from
    for (;;) {
      let least = 2 * i + 1
      if (least + 1 < heap.length && before(heap[least + 1]!, heap[least]!)) least++
      if (least >= heap.length || !before(heap[least]!, due)) break
      put(heap[least]!, i)
      i = least
    }
    put(due, i)
  }
  const take = (due: Due) => {
    const i = due.index
    const last = heap.pop()!
    due.index = -1
    if (last === due) return
    up(last, i)
    down(last, last.index)
  }

  const arm = () => {
    const first = heap[0]
    if (first === undefined) {
      disarm?.()
      disarm = undefined
      return
    }
    const now = clock.now()
    const at = Math.min(first.at, now + SWEEP_MS)
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
      for (let due = heap[0]; due !== undefined && due.at <= now; due = heap[0]) {
        take(due)
        due.fn()
      }
    } finally {
      arm()
    }
  }

  return Object.freeze({
    in(ms: number, fn: () => void): Due {
      const now = clock.now()
      const due: Due = { at: now + ms, fn, index: heap.length, order: order++ }
      up(due, heap.length)
      if (due.index === 0 || disarm === undefined || armedFor < now) arm()
      return due
    },
    drop(due: Due | undefined) {
      if (due === undefined || due.index === -1) return
      take(due)
      if (heap.length === 0) arm()
    },
  })
}
