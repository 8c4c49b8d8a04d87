// What one can see of a breaker, and do to it, at run time.
import type { Json, Verb } from '../../core/index.ts'
import type { Cell } from './cell.ts'
import type { BreakerCore } from './core.ts'
import { countLate } from './rule.ts'

/** So many keys are shown, the troubled first. */
const SHOWN = 50

export function breakerSnapshot(core: BreakerCore): Json {
  const now = core.clock.now()
  const cells = core.cells.all()
  for (const cell of cells) {
    countLate(cell, core.figures, now)
    core.tell(cell)
  }
  const trouble = (cell: Cell) => (core.state(cell.key) === 'closed' ? 0 : 1)
  return {
    keys: cells.length,
    refused: core.refused,
    cells: [...cells]
      .sort((a, b) => trouble(b) - trouble(a))
      .slice(0, SHOWN)
      .map(cell => ({
        key: cell.key,
        state: core.state(cell.key),
        forMs: Math.round(now - cell.since),
        calls: cell.window.calls,
        failed: cell.window.failed,
        slow: cell.window.slow,
        inFlight: cell.inFlight,
        trips: cell.trips,
        ...(cell.state === 'open' && Number.isFinite(cell.until) ? { backInMs: Math.max(0, Math.round(cell.until - now)) } : {}),
        ...(cell.held === undefined ? {} : { held: cell.held }),
      })),
    transitions: core.history.map(({ key, from, to, why, at, event }) => ({
      key,
      from,
      to,
      why,
      agoMs: Math.round(now - at),
      ...(event === undefined ? {} : { event }),
    })),
  }
}

export function breakerVerbs(core: BreakerCore, own: string): Readonly<Record<string, Verb>> {
  const keyOf = (args: Json) => {
    const key = typeof args === 'object' && args !== null ? (args as { key?: unknown }).key : undefined
    return typeof key === 'string' ? key : own
  }
  /** Ends by itself, when it was said until when. */
  const ending = (until: number | undefined, key: string) => {
    if (until !== undefined) core.clock.after(until - core.clock.wall(), () => core.reset(key, 'its time was over'))
  }
  const answer = (key: string): Json => ({ key, state: core.state(key) })
  return Object.freeze({
    async isolate(args, { by, why, until }) {
      const key = keyOf(args)
      core.hold(key, 'open', why, by)
      ending(until, key)
      return answer(key)
    },
    async force(args, { why, until }) {
      const key = keyOf(args)
      const state = (args as { state?: unknown } | null)?.state
      if (state !== 'open' && state !== 'closed') throw new TypeError('force needs { state: "open" } or { state: "closed" }')
      if (state === 'open') core.trip(key, why)
      else {
        core.hold(key, 'closed', why)
        ending(until, key)
      }
      return answer(key)
    },
    async wary() {
      core.wary(true)
      return answer(own)
    },
    async 'at-ease'() {
      core.wary(false)
      return answer(own)
    },
    async reset(args, { why }) {
      const key = keyOf(args)
      core.reset(key, why)
      return answer(key)
    },
  } satisfies Record<string, Verb>)
}
