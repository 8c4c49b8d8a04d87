// How late the event loop is, as a bar for priorities: past 200 ms at the 99th percentile for three samples in a row the lowest still let
// in is shed, then the next; three good samples lower the bar by one. It catches what no limit of requests can: a saturated CPU.
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { type Clock, outsideFrames, type Undo } from '../core/index.ts'
import type { Priority } from '../policy/index.ts'

const ORDER: readonly Priority[] = ['critical', 'default', 'sheddable', 'background']
const SAMPLE_MS = 500
const IN_A_ROW = 3
/** The histogram counts its own interval in. */
const RESOLUTION_MS = 10

/** How many of the priorities are shed, from the bottom: 0 … 3. Critical never is. Pure: state, sample → state. */
export interface Bar {
  readonly shed: number
  readonly row: number
}
export const NO_BAR: Bar = Object.freeze({ shed: 0, row: 0 })

export function sampled({ shed, row }: Bar, late: boolean): Bar {
  const next = late ? Math.max(1, row + 1) : Math.min(-1, row - 1)
  if (next >= IN_A_ROW) return { shed: Math.min(ORDER.length - 1, shed + 1), row: 0 }
  if (next <= -IN_A_ROW) return { shed: Math.max(0, shed - 1), row: 0 }
  return { shed, row: next }
}

export function isShed({ shed }: Bar, priority: Priority): boolean {
  return ORDER.indexOf(priority) >= ORDER.length - shed
}

export interface LoopGate {
  sheds(priority: Priority): boolean
  /** 99th percentile of the last sample. */
  lateMs(): number
  shed(): readonly Priority[]
  stop(): void
}

/** Samples while it is asked: a process that serves nobody needs no timer. */
export function loopGate(overMs: number, clock: Clock, changed: (shed: readonly Priority[], lateMs: number) => void): LoopGate {
  const histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS })
  let bar = NO_BAR
  let lateMs = 0
  let undo: Undo | undefined
  let asked = false
  const shed = () => ORDER.slice(ORDER.length - bar.shed)
  const look = () => {
    lateMs = Math.max(0, histogram.percentile(99) / 1e6 - RESOLUTION_MS)
    histogram.reset()
    const before = bar.shed
    bar = sampled(bar, lateMs > overMs)
    if (bar.shed !== before) changed(shed(), lateMs)
    undo = undefined
    if (asked || bar.shed > 0) arm()
    else histogram.disable()
    asked = false
  }
  const arm = () => {
    undo ??= outsideFrames(() => clock.after(SAMPLE_MS, look))
  }
  return {
    sheds(priority) {
      asked = true
      if (undo === undefined) {
        histogram.enable()
        arm()
      }
      return bar.shed > 0 && isShed(bar, priority)
    },
    lateMs: () => lateMs,
    shed,
    stop() {
      undo?.()
      histogram.disable()
    },
  }
}
