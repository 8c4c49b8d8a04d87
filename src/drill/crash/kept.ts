// What is kept of a crash drill: the report, for the dashboard, and a line of history, by which the next one knows whether it held before.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fellBy, type HistoryLine, keepLines, type Regression, readHistory } from '../report/history.ts'
import type { Report } from './report.ts'

export interface KeptCrash {
  readonly regressions: readonly Regression[]
  /** It held the last time, and now does not. */
  readonly regressed: boolean
}

/** `at`: wall milliseconds. The control arm leaves no trace. */
export function keepCrash(folder: string, report: Report, at: number, again: string): KeptCrash {
  if (report.arm === 'control') return { regressions: [], regressed: false }
  const file = join(folder, 'history.jsonl')
  const line = lineOf(report, at)
  let regressed = false
  // Its figures depend on how it was asked for (rate, duration, kills): the verdict alone is compared.
  const kept = () => ({
    regressed,
    regressions: regressed ? [{ drill: report.drill, says: 'the verdict was yes the last time' }] : [],
  })
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    regressed = fellBy(line, readHistory(file))
    keepLines(file, [line])
    writeFileSync(join(folder, 'crash.json'), `${JSON.stringify({ v: 1, ...report, at, again, regressed }, null, 1)}\n`)
  } catch {
    // A full disk does not cost the verdict.
  }
  return kept()
}

function lineOf({ drill, target, verdict, figures }: Report, at: number): HistoryLine {
  const back = figures?.strikes.map(one => one.backMs) ?? []
  return {
    at,
    drill,
    of: target,
    verdict,
    availability: figures?.availability ?? null,
    containMs: null,
    recoverMs: back.length === 0 || back.includes(null) ? null : Math.max(...(back as number[])),
    p99DuringMs: figures?.latency.during.p99 ?? null,
  }
}
