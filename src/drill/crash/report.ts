// Report: what a drill came to, as one object (for --json) and as a page for a terminal: the picture first, then figures, then the verdict.
import { formatMs } from '../../core/index.ts'
import type { Figures, StrikeFigures } from './figures.ts'
import type { Timeline } from './timeline.ts'
import type { Check } from './verdict.ts'

export interface Report {
  readonly drill: string
  readonly arm: 'supervised' | 'control'
  readonly target: string
  readonly url: string
  readonly fault: string
  readonly rate: number
  readonly durationMs: number
  readonly verdict: 'yes' | 'no' | 'no_steady_state'
  readonly checks: readonly Check[]
  /** What to do first; null when the verdict is yes. */
  readonly mend: string | null
  /** null without a steady state: nothing was broken then. */
  readonly figures: Figures | null
  readonly timeline: Timeline | null
}

/** `again` is the command that reproduces it. */
export function reportText(report: Report, again: string): string {
  const { figures, timeline, checks } = report
  const parts = [headOf(report)]
  if (timeline !== null && figures !== null)
    parts.push(pictureOf(timeline, report, figures.strikes), figureLines(figures, report.arm))
  parts.push(checks.map(({ kept, promise, says }) => `  ${kept ? 'yes' : 'NO '}  ${promise}: ${says}`).join('\n'))
  parts.push(`${VERDICT[report.verdict]}${report.mend === null ? '' : `\n  ${report.mend}`}\n  Again: ${again}`)
  return parts.join('\n\n')
}

const VERDICT = {
  yes: 'The verdict is yes.',
  no: 'The verdict is no.',
  no_steady_state: 'No steady state: nothing was broken, for it failed already.',
}

function headOf({ drill, arm, target, url, rate, durationMs }: Report): string {
  const who = arm === 'control' ? `the CONTROL ARM: ${target} bare, without supervision,` : target
  return `drill ${drill}: ${who} on ${url}\n${rate} requests a second for ${formatMs(durationMs)}, each on a new connection.`
}

function pictureOf(
  { columns, columnMs, waitedMs, marks }: Timeline,
  { fault, durationMs }: Report,
  strikes: readonly StrikeFigures[],
): string {
  const line = new Array<string>(columns.length).fill(' ')
  for (const mark of marks) line[mark] = '▼'
  const whom = strikes.map(({ life }) => `pid ${life.pid}`).join(', ')
  const struck = marks.length === 0 ? '' : `  ${line.join('').trimEnd()} ${fault} (${whom})\n`
  const end = formatMs(durationMs)
  return `${struck}  ${columns}\n  0 s${end.padStart(Math.max(end.length + 1, columns.length - 3))}\n  · answered   ▒ some waited over ${formatMs(waitedMs)}   x some failed   (a column is ${formatMs(columnMs)})`
}

function figureLines(
  { requests, ok, availability, failed, slowestMs, latency, strikes, ownDelayMs }: Figures,
  arm: Report['arm'],
): string {
  const lost = requests - ok
  // Refused, reset and timed out are always told, the rest when there was any.
  const kinds = Object.entries(failed).filter(([kind, n]) => n > 0 || ['refused', 'reset', 'timeout', '5xx'].includes(kind))
  const row = (name: string, cells: readonly string[]) =>
    `  ${name.padEnd(12)}${cells.map(cell => cell.padEnd(12)).join('')}`.trimEnd()
  const phases = [latency.before, latency.during, latency.after]
  const lines = [
    row('requests', [`${requests}`, `${ok} ok`, `${percent(availability)} available`]),
    row('failed', [`${lost}`, kinds.map(([kind, n]) => `${kind} ${n}`).join(' · ')]),
    row('', ['before', 'during', 'after']),
    row(
      'p50',
      phases.map(({ p50 }) => msOrDash(p50)),
    ),
    row(
      'p99',
      phases.map(({ p99 }) => msOrDash(p99)),
    ),
    row('slowest', [msOrDash(slowestMs)]),
    ...strikes.flatMap((one, i) =>
      strikeLines(one, strikes.length === 1 ? '' : ` ${i + 1}`, arm).map(([name, says]) => row(name, [says])),
    ),
  ]
  if (ownDelayMs > BUSY_MS)
    lines.push(`  This machine was busy: the drill itself sent up to ${formatMs(ownDelayMs)} late, which is in the times.`)
  return lines.join('\n')
}

const BUSY_MS = 100

function strikeLines(strike: StrikeFigures, n: string, arm: Report['arm']): readonly (readonly [string, string])[] {
  const { successor, detectedMs, backMs, readyMs, inFlight } = strike
  const nobody = arm === 'control' ? 'never: nobody looks' : 'never'
  return [
    [`in flight${n}`, `${inFlight}`],
    [`detected${n}`, detectedMs === null ? nobody : `after ${formatMs(detectedMs)}`],
    [
      `ready${n}`,
      readyMs === null ? 'never' : `after ${formatMs(readyMs)}, generation ${successor?.generation} (pid ${successor?.pid})`,
    ],
    [`back${n}`, backMs === null ? 'never' : `after ${formatMs(backMs)}, the first answer to a request sent after the kill`],
  ]
}

/** Never rounded up to a whole that it was not. */
function percent(share: number): string {
  return share === 1 ? '100 %' : `${(Math.floor(share * 10_000) / 100).toFixed(2)} %`
}

const msOrDash = (ms: number | null) => (ms === null ? '–' : formatMs(ms))
