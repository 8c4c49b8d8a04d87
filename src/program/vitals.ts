// The vital signs of one life: from its beats where it is a Node program, else read from /proc. Tells when its memory is too much.
import { readdirSync, readFileSync } from 'node:fs'
import type { Clock } from '../core/index.ts'
import type { Report } from './link.ts'
import { judgeMemory, newWatch, type Over, SAMPLE_MS } from './memory.ts'
import { trend } from './trend.ts'

export interface Vitals {
  /** Bytes; undefined before the first is known. */
  readonly rss: number | undefined
  readonly memoryLimit: number
  readonly fds: number | undefined
  /** How late its event loop was at worst, in the last second. */
  readonly lateMs: number | undefined
  readonly heap: number | undefined
  readonly heapLimit: number | undefined
  /** How fast the floor of its heap rises, bytes a minute; null: too early to say. */
  readonly heapPerMinute: number | null
}
export interface VitalWatch {
  beat(beat: Report & { readonly is: 'beat' }): void
  read(): Vitals
  /** Its boot is over: what held its loop up till then is no lateness. */
  ready(): void
  cancel(): void
}
/** A beat tells of the second before it. */
const BOOT_BEATS = 2
type Signs = Partial<Record<'rss' | 'fds' | 'lateMs' | 'heap' | 'heapLimit', number | undefined>>

/** `over` is told each time a sample says so, from the second on. */
export function watchVitals(pid: number, node: boolean, limit: number, clock: Clock, over: (over: Over) => void): VitalWatch {
  const watch = newWatch()
  const heap = trend()
  let signs: Signs = {}
  let undo = () => {}
  let beats = 0
  const judge = () => {
    if (signs.rss === undefined) return
    const { rss, heap: used, heapLimit } = signs
    const sample = { rss, ...(used === undefined || heapLimit === undefined ? {} : { heap: used, heapLimit }) }
    const found = judgeMemory(watch, sample, limit, clock.now())
    if (found !== undefined) over(found)
  }
  const look = () => {
    signs = { ...signs, rss: residentBytes(pid), fds: openFiles(pid) }
    judge()
    undo = clock.after(SAMPLE_MS, look)
  }
  if (!node) look()
  return Object.freeze({
    beat({ rss, fds, lateMs, heap: used, heapLimit }: Report & { readonly is: 'beat' }) {
      signs = { rss, fds, lateMs: beats++ < BOOT_BEATS ? undefined : lateMs, heap: used, heapLimit }
      if (used !== undefined) heap.sample(used, clock.now())
      judge()
    },
    ready: () => {
      beats = 0
      signs = { ...signs, lateMs: undefined }
    },
    read: () => ({
      rss: signs.rss,
      memoryLimit: limit,
      fds: signs.fds,
      lateMs: signs.lateMs,
      heap: signs.heap,
      heapLimit: signs.heapLimit,
      heapPerMinute: heap.perMinute(),
    }),
    cancel: () => undo(),
  })
}

function residentBytes(pid: number): number | undefined {
  try {
    const kib = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
    return kib === undefined ? undefined : Number(kib) * 1_024
  } catch {
    return undefined
  }
}

function openFiles(pid: number): number | undefined {
  try {
    return readdirSync(`/proc/${pid}/fd`).length
  } catch {
    return undefined
  }
}
