// Need: anything something else can depend on. Its reading lies on the lattice none < read < full, always with its causes.
//
//   all(a, b) = the worst      any(a, b) = the best      atLeast(k, …) = the k-th best      each is again a Need
import { outsideFrames } from './ambient.ts'
import type { Undo } from './clock.ts'
import type { EventId } from './events.ts'

export interface Cause {
  readonly code: string
  readonly says: string
  /** The same in words for visitors: no address, no error of a driver, no person. Absent: nothing is told to them but that there is one. */
  readonly shown?: string
  /** Wall milliseconds. */
  readonly since: number
  /** An operator's name: such a cause is never cleared by recovery. */
  readonly by?: string
  readonly until?: number
  readonly event?: EventId
  readonly from?: string
}
export type Usable = 'none' | 'read' | 'full'
export interface Reading {
  readonly usable: Usable
  readonly state: string
  readonly causes: readonly Cause[]
  readonly since: number
  /** Wall milliseconds when it can be back at the earliest, when that is known. */
  readonly backAt?: number
}
export interface Need {
  readonly name: string
  reading(): Reading
  /** Tells changes only, outside any request's context. */
  watch(fn: (now: Reading, before: Reading) => void): Undo
}

const RANK: Readonly<Record<Usable, number>> = { none: 0, read: 1, full: 2 }

export function usableRank(usable: Usable): number {
  return RANK[usable]
}

/** A need that its owner sets. Listeners' errors are swallowed: a need must never fail its owner. */
export function settableNeed(name: string, first: Reading): Need & { set(next: Reading): void } {
  let reading = Object.freeze({ ...first })
  const listeners = new Set<(now: Reading, before: Reading) => void>()
  const changes: { readonly now: Reading; readonly before: Reading }[] = []
  return Object.freeze({
    name,
    reading: () => reading,
    watch(fn: (now: Reading, before: Reading) => void): Undo {
      const own = (now: Reading, before: Reading) => fn(now, before)
      listeners.add(own)
      return () => void listeners.delete(own)
    },
    set(next: Reading) {
      if (next.usable === reading.usable && next.state === reading.state && sameCauses(next.causes, reading.causes)) return
      const before = reading
      reading = Object.freeze({ ...next })
      // A watcher may set it again: that change waits its turn, so that everyone is told last what is true last.
      if (changes.push({ now: reading, before }) > 1) return
      outsideFrames(() => {
        for (let change = changes[0]; change !== undefined; change = changes[0]) {
          for (const fn of [...listeners]) tell(fn, change.now, change.before)
          changes.shift()
        }
      })
    },
  })

  function tell(fn: (now: Reading, before: Reading) => void, now: Reading, before: Reading) {
    if (!listeners.has(fn)) return
    try {
      fn(now, before)
    } catch {
      // A listener's fault is its own.
    }
  }
}

/** As usable as the worst of them. */
export function all(...needs: readonly Need[]): Need {
  return atLeast(needs.length, ...needs)
}

/** As usable as the best of them. */
export function any(...needs: readonly Need[]): Need {
  return atLeast(1, ...needs)
}

/** As usable as the k-th best of them; k = 0 is always full. Its causes are those of the needs below full. */
export function atLeast(k: number, ...needs: readonly Need[]): Need {
  const name =
    k === needs.length
      ? needs.map(n => n.name).join(' and ')
      : k === 1
        ? needs.map(n => n.name).join(' or ')
        : `${k} of ${needs.map(n => n.name).join(', ')}`
  const read = (): Reading => {
    const readings = needs.map(n => n.reading()).sort((a, b) => RANK[b.usable] - RANK[a.usable])
    const kth = k <= 0 ? undefined : readings[k - 1]
    const usable: Usable = k <= 0 ? 'full' : (kth?.usable ?? 'none')
    if (usable === 'full') return { usable, state: 'full', causes: [], since: kth?.since ?? 0 }
    const below = readings.filter(r => r.usable !== 'full')
    const backAt = kth?.backAt
    return {
      usable,
      state: kth?.state ?? 'none',
      causes: below.flatMap(r => r.causes),
      since: kth?.since ?? 0,
      ...(backAt === undefined ? {} : { backAt }),
    }
  }
  return Object.freeze({
    name,
    reading: read,
    watch(fn: (now: Reading, before: Reading) => void): Undo {
      let before = read()
      const undo = needs.map(n =>
        n.watch(() => {
          const now = read()
          if (now.usable === before.usable && now.state === before.state && sameCauses(now.causes, before.causes)) return
          const was = before
          before = now
          fn(now, was)
        }),
      )
      return () => {
        for (const u of undo) u()
      }
    },
  })
}

function sameCauses(a: readonly Cause[], b: readonly Cause[]): boolean {
  return (
    a.length === b.length &&
    a.every((c, i) => c.code === b[i]!.code && c.says === b[i]!.says && c.since === b[i]!.since && c.by === b[i]!.by)
  )
}
