// The load as columns of time: how many were answered well, honestly refused, or failed, and how long it took. Pure.
import type { Step } from '../journey/step.ts'
import { latencyOf } from './figures.ts'
import type { Column } from './report.ts'

const LEAST_MS = 250
const MOST = 120

export function columnWidth(durationMs: number): number {
  return Math.max(LEAST_MS, Math.ceil(durationMs / MOST / LEAST_MS) * LEAST_MS)
}

/** A step stands in the column in which it was due. */
export function columnsOf(steps: readonly Step[], startMs: number, durationMs: number): readonly Column[] {
  const width = columnWidth(durationMs)
  const columns: Step[][] = Array.from({ length: Math.max(1, Math.ceil(durationMs / width)) }, () => [])
  for (const one of steps) columns[Math.floor((one.dueMs - startMs) / width)]?.push(one)
  return columns.map((inside, i) => {
    const ok = inside.filter(one => one.kind === 'ok')
    const degraded = inside.filter(one => one.kind === 'degraded').length
    return { atMs: i * width, ok: ok.length, degraded, failed: inside.length - ok.length - degraded, ...latencyOf(ok) }
  })
}
