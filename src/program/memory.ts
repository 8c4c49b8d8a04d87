// How much memory a life may have, and when it has too much. The rule is pure: two samples in a row over the limit, a moment apart, so that
// a peak is none. What follows (a rolling replacement) is decided above.
import { totalmem } from 'node:os'

export interface Sample {
  readonly rss: number
  /** Of a Node program: its JavaScript heap, and where V8 gives up. */
  readonly heap?: number
  readonly heapLimit?: number
}
export interface Over {
  readonly by: 'memory' | 'heap'
  readonly bytes: number
  readonly limit: number
}
export interface Watch {
  over: number
  at: number
}

const SHARE_OF_MACHINE = 0.85
const SHARE_OF_HEAP = 0.93
export const SAMPLE_MS = 2_000

/** Default: 85 % of what the cgroup, or else the machine, has. */
export function memoryLimit(said: number | undefined): number {
  if (said !== undefined) return said === 0 ? Number.POSITIVE_INFINITY : said
  const machine = totalmem()
  const group = process.constrainedMemory()
  return Math.round(SHARE_OF_MACHINE * (group > 0 && group < machine ? group : machine))
}

export const newWatch = (): Watch => ({ over: 0, at: Number.NEGATIVE_INFINITY })

/** What it is over, once two samples say so. A sample that comes too soon after the last is not looked at. */
export function judgeMemory(watch: Watch, sample: Sample, limit: number, now: number): Over | undefined {
  if (now - watch.at < SAMPLE_MS) return undefined
  watch.at = now
  const over = overOf(sample, limit)
  watch.over = over === undefined ? 0 : watch.over + 1
  return watch.over >= 2 ? over : undefined
}

function overOf({ rss, heap, heapLimit }: Sample, limit: number): Over | undefined {
  if (rss > limit) return { by: 'memory', bytes: rss, limit }
  if (heap === undefined || heapLimit === undefined || heapLimit === 0) return undefined
  const most = Math.round(SHARE_OF_HEAP * heapLimit)
  return heap > most ? { by: 'heap', bytes: heap, limit: most } : undefined
}
