// Timeline: the load as one line of text, a character for each column of time, and the strikes above it. Pure.
import { tookMs } from './figures.ts'
import type { Sent } from './load.ts'

export interface Timeline {
  readonly columnMs: number
  /** Longer than that and a request has waited. */
  readonly waitedMs: number
  /** `·` all answered, `▒` some waited, `x` some failed, a space: none was due. */
  readonly columns: string
  /** The columns of the strikes. */
  readonly marks: readonly number[]
}

export interface TimelineOptions {
  readonly sent: readonly Sent[]
  readonly startMs: number
  readonly durationMs: number
  /** Times of the strikes, on the same clock. */
  readonly strikes: readonly number[]
  /** Usual p99: what is slow for one program is usual for another. */
  readonly p99Ms: number | null
}

const COLUMN_MS = 250
const MAX_COLUMNS = 80
const WAITED_MS = 100

export function timelineOf({ sent, startMs, durationMs, strikes, p99Ms }: TimelineOptions): Timeline {
  const columnMs = Math.max(COLUMN_MS, Math.ceil(durationMs / MAX_COLUMNS / COLUMN_MS) * COLUMN_MS)
  const waitedMs = Math.max(WAITED_MS, Math.ceil(3 * (p99Ms ?? 0)))
  const width = Math.max(1, Math.ceil(durationMs / columnMs))
  const columnOf = (ms: number) => Math.min(width - 1, Math.max(0, Math.floor((ms - startMs) / columnMs)))
  const columns = new Array<string>(width).fill(' ')
  for (const one of sent) {
    const i = columnOf(one.dueMs)
    const mark = one.kind !== 'ok' ? 'x' : tookMs(one) > waitedMs ? '▒' : '·'
    if (RANK.indexOf(mark) > RANK.indexOf(columns[i]!)) columns[i] = mark
  }
  return { columnMs, waitedMs, columns: columns.join(''), marks: strikes.map(columnOf) }
}

const RANK = ' ·▒x'
