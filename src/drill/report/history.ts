// History: one line a drill in a file, and what is worse than it was. A figure regresses when it is far beyond what the last five kept.
import { appendFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { formatMs } from '../../core/index.ts'
import { percent } from '../scenario/promises.ts'
import type { DrillReport, Verdict } from '../scenario/report.ts'

export interface HistoryLine {
  readonly at: number
  readonly drill: string
  /** Of one program of several: 'shop/web'. */
  readonly of?: string
  readonly verdict: Verdict
  readonly availability: number | null
  readonly containMs: number | null
  readonly recoverMs: number | null
  readonly p99DuringMs: number | null
}

export interface Regression {
  readonly drill: string
  readonly says: string
}

const LOOKS_AT = 5
/** Beyond twice the usual and a second more it is no noise of a busy machine. */
const FAR = { times: 2, plusMs: 1_000 }

/** Adds these, and says what is worse than before. Control arms leave no trace here. */
export function keepHistory(file: string, reports: readonly DrillReport[]): readonly Regression[] {
  return keepLines(file, reports.filter(one => one.without.length === 0).map(lineOf))
}

export function keepLines(file: string, lines: readonly HistoryLine[]): readonly Regression[] {
  const before = readHistory(file)
  mkdirSync(dirname(file), { recursive: true })
  if (lines.length > 0) appendFileSync(file, lines.map(line => `${JSON.stringify(line)}\n`).join(''))
  return lines.flatMap(line => regressionsOf(line, before))
}

export function readHistory(file: string): readonly HistoryLine[] {
  if (!existsSync(file)) return []
  return readFileSync(file, 'utf8')
    .split('\n')
    .flatMap(line => {
      try {
        return line === '' ? [] : [JSON.parse(line) as HistoryLine]
      } catch {
        // Torn by a kill, or edited: that line alone is lost.
        return []
      }
    })
}

/** It held the last time that it came to a verdict, and now does not: whoever believes in it must know. */
export function fellBy(now: HistoryLine, history: readonly HistoryLine[]): boolean {
  if (now.verdict !== 'no' && now.verdict !== 'aborted') return false
  return history.filter(one => isSame(one, now) && one.verdict !== 'no_steady_state').at(-1)?.verdict === 'yes'
}

export const hasFallen = (file: string, report: DrillReport): boolean => fellBy(lineOf(report), readHistory(file))

const isSame = (a: HistoryLine, b: HistoryLine) => a.drill === b.drill && a.of === b.of

export function regressionsOf(now: HistoryLine, history: readonly HistoryLine[]): readonly Regression[] {
  const { drill } = now
  const past = history.filter(one => isSame(one, now)).slice(-LOOKS_AT)
  const good = past.filter(one => one.verdict === 'yes')
  if (now.verdict === 'expected' || good.length === 0) return []
  const found: Regression[] = []
  const worse = (says: string) => void found.push({ drill, says })
  if (now.verdict !== 'yes' && past.at(-1)!.verdict === 'yes') worse('the verdict was yes the last time')
  for (const [name, key] of [
    ['contained', 'containMs'],
    ['recovered', 'recoverMs'],
    ['p99 during the fault', 'p99DuringMs'],
  ] as const) {
    // biome-ignore format: a table
    const usual = median(good.flatMap(one => one[key] ?? []))
    const is = now[key]
    if (usual === undefined || is === null) continue
    if (is > usual * FAR.times && is > usual + FAR.plusMs) worse(`${name}: ${formatMs(is)}, usually ${formatMs(usual)}`)
  }
  const usual = median(good.flatMap(one => one.availability ?? []))
  if (usual !== undefined && now.availability !== null && now.availability < usual - 0.02)
    worse(`availability: ${percent(now.availability)}, usually ${percent(usual)}`)
  return found
}

function lineOf({ at, drill, verdict, figures }: DrillReport): HistoryLine {
  const all = figures?.all
  return {
    at,
    drill,
    verdict,
    availability: all?.availability ?? null,
    containMs: all?.containMs ?? null,
    recoverMs: all?.recoverMs ?? null,
    p99DuringMs: all?.latency.during.p99 ?? null,
  }
}

function median(values: readonly number[]): number | undefined {
  return [...values].sort((a, b) => a - b)[Math.floor((values.length - 1) / 2)]
}
