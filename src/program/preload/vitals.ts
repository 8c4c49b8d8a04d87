// What the main thread tells of itself in shared memory, for the watchdog's beats: how late its loop was at worst, and its heap.
import { getHeapStatistics } from 'node:v8'

const TICK_MS = 100
const HEAP_EVERY = 10
const KIB = 1024

/** [0] ticks · [1] reports that are on the link (the watchdog's) · [2] worst lateness since it was read, ms · [3] heap used, KiB · [4] its limit */
export type Heartbeat = Int32Array
export const TICKS = 0
export const SENT = 1
const LATE = 2
const HEAP = 3
const HEAP_LIMIT = 4
const CELLS = 5

export function heartbeat(): Heartbeat {
  const shared = new Int32Array(new SharedArrayBuffer(CELLS * 4))
  let last = performance.now()
  let ticks = 0
  const heap = () => {
    const { used_heap_size, heap_size_limit } = getHeapStatistics()
    Atomics.store(shared, HEAP, used_heap_size / KIB)
    Atomics.store(shared, HEAP_LIMIT, heap_size_limit / KIB)
  }
  heap()
  setInterval(() => {
    const now = performance.now()
    const late = Math.max(0, Math.round(now - last - TICK_MS))
    last = now
    if (late > Atomics.load(shared, LATE)) Atomics.store(shared, LATE, late)
    if (++ticks % HEAP_EVERY === 0) heap()
    Atomics.add(shared, TICKS, 1)
  }, TICK_MS).unref()
  return shared
}

export interface VitalSigns {
  readonly lateMs: number
  readonly heap: number
  readonly heapLimit: number
}

/** Bytes; the worst lateness since the last call, of a tick that came or, by `stillMs`, of one that has not come yet. */
export function readVitals(shared: Heartbeat, stillMs: number): VitalSigns {
  return {
    lateMs: Math.max(Atomics.exchange(shared, LATE, 0), Math.round(stillMs) - TICK_MS, 0),
    heap: Atomics.load(shared, HEAP) * KIB,
    heapLimit: Atomics.load(shared, HEAP_LIMIT) * KIB,
  }
}
