// A drill's report for a terminal: the picture first, then figures, then promises and the verdict.
import { formatMs } from '../../core/index.ts'
import type { Latency } from '../scenario/figures.ts'
import { percent } from '../scenario/promises.ts'
import type { Column, DrillReport, Mark } from '../scenario/report.ts'

export const VERDICT: Readonly<Record<DrillReport['verdict'], string>> = {
  yes: 'The verdict is yes.',
  no: 'The verdict is no.',
  expected: 'The verdict is no, as it is expected to be today.',
  no_steady_state: 'No steady state: nothing was broken, for it failed already.',
  aborted: 'Stopped: it hurt more than is allowed. Everything is healed.',
}

export function drillText(report: DrillReport): string {
  const { verdict, mend, again, checks, failures, expectedToFail } = report
  const parts = [headOf(report)]
  if (report.columns.length > 0) parts.push(pictureOf(report))
  if (report.figures !== null) parts.push(figuresOf(report))
  if (failures.length > 0)
    parts.push(['  What callers saw:', ...failures.slice(0, 6).map(one => `    ${one.count} × ${one.says}`)].join('\n'))
  if (report.notified.length > 0)
    parts.push(['  You would have been told:', ...report.notified.slice(0, 5).map(one => `    ${one.says}`)].join('\n'))
  parts.push(checks.map(({ kept, promise, says }) => `  ${kept ? 'yes' : 'NO '}  ${promise}: ${says}`).join('\n'))
  const why = expectedToFail === null ? '' : `\n  Expected: ${expectedToFail}`
  parts.push(`${VERDICT[verdict]}${why}${mend === null ? '' : `\n  First: ${mend}`}\n  Again: ${again}`)
  return parts.join('\n\n')
}

function headOf({ drill, says, without, stage, target, rate, durationMs }: DrillReport): string {
  const who = `${stage === 'copy' ? 'a copy of ' : ''}${target}${without.length > 0 ? `, the CONTROL ARM without ${without.join(' and ')}` : ''}`
  return `drill ${drill}: ${who}\n${says}\n${rate} visits a second for ${formatMs(durationMs)}.`
}

const FACE: Readonly<Record<Mark['is'], string>> = {
  fault: '▼',
  healed: '△',
  detected: 'd',
  contained: 'c',
  recovered: 'r',
  restarted: '↻',
}

function pictureOf({ columns, columnMs, marks, durationMs }: DrillReport): string {
  const per = Math.max(1, Math.ceil(columns.length / 80))
  const wide = Array.from({ length: Math.ceil(columns.length / per) }, (_, i) => columns.slice(i * per, (i + 1) * per))
  const usual = usualMs(columns)
  const line = wide.map(group => faceOf(group, usual)).join('')
  const above = new Array<string>(wide.length).fill(' ')
  for (const { atMs, is } of marks) {
    if (is === 'restarted' || is === 'detected') continue
    const i = Math.min(wide.length - 1, Math.floor(atMs / columnMs / per))
    if (above[i] === ' ' || is === 'fault') above[i] = FACE[is]
  }
  const told = marks
    .filter(({ is }) => is !== 'detected' || marks.length < 12)
    .slice(0, 12)
    .map(({ atMs, is, says }) => `  ${FACE[is]} ${formatMs(Math.max(0, atMs)).padEnd(8)}${is.padEnd(10)}${says}`)
  const end = formatMs(durationMs)
  return [
    `  ${above.join('').trimEnd()}`,
    `  ${line}`,
    `  0 s${end.padStart(Math.max(end.length + 1, wide.length - 3))}`,
    `  · answered   ▒ some waited   ○ some were refused with a reason   x some failed   (a column is ${formatMs(columnMs * per)})`,
    ...told,
  ].join('\n')
}

function usualMs(columns: readonly Column[]): number {
  const times = columns.flatMap(({ p50 }) => p50 ?? []).sort((a, b) => a - b)
  return Math.max(100, 5 * (times[Math.floor(times.length / 4)] ?? 0))
}

function faceOf(group: readonly Column[], usual: number): string {
  if (group.some(one => one.failed > 0)) return 'x'
  if (group.some(one => one.degraded > 0)) return '○'
  if (group.some(one => (one.p99 ?? 0) > usual)) return '▒'
  return group.some(one => one.ok > 0) ? '·' : ' '
}

function figuresOf({ figures, loadPerCore }: DrillReport): string {
  const { all, journeys, detectMs, restarts, writes, tries, ownDelayMs } = figures!
  const rows = [
    [
      '',
      'answers',
      'good',
      'honest no',
      'failed',
      'p50 before · during · after',
      'p99 before · during · after',
      'contained',
      'recovered',
    ],
  ]
  const three = (latency: typeof all.latency, of: keyof Latency) =>
    [latency.before, latency.during, latency.after].map(one => msOf(one[of])).join(' · ')
  for (const [name, one] of [...Object.entries(journeys), ['all', all] as const])
    rows.push([
      name,
      `${one.steps}`,
      percent(one.availability),
      `${one.degraded}`,
      `${one.steps - one.ok - one.degraded}`,
      three(one.latency, 'p50'),
      three(one.latency, 'p99'),
      one.containMs === null ? 'never' : formatMs(one.containMs),
      one.recoverMs === null ? 'never' : formatMs(one.recoverMs),
    ])
  const widths = rows[0]!.map((_, i) => Math.max(...rows.map(row => row[i]!.length)))
  const lines = rows.map(row => `  ${row.map((cell, i) => cell.padEnd(widths[i]!)).join('  ')}`.trimEnd())
  const lives = Object.entries(restarts)
    .map(([id, n]) => `${id} ${n}`)
    .join(', ')
  lines.push(
    `  detected after ${detectMs === null ? '– (nothing was told)' : formatMs(detectMs)} · longest without any good answer ${formatMs(all.gapMs)} · restarts that were nobody's wish: ${lives || 'none'}`,
  )
  if (tries.retries > 0) lines.push(`  tried again: ${tries.retries} times, by ${tries.by.join(', ')}`)
  if (writes.tried > 0)
    lines.push(
      `  writes: ${writes.acknowledged} confirmed, ${writes.tried - writes.acknowledged} unsure; lost ${writes.lost.length}, done twice ${writes.doubled.length}`,
    )
  if (loadPerCore > 2)
    lines.push(
      `  This machine was busy with other things (load ${loadPerCore} a core): what was slow may not be the app's doing.`,
    )
  if (ownDelayMs > BUSY_MS)
    lines.push(`  This machine was busy: the drill itself sent up to ${formatMs(ownDelayMs)} late, which is in the times.`)
  return lines.join('\n')
}

const BUSY_MS = 100
const msOf = (ms: number | null) => (ms === null ? '–' : formatMs(ms))

/** One line a drill. */
export function drillTable(reports: readonly DrillReport[]): string {
  const rows = [
    ['drill', 'verdict', 'good', 'answered', 'contained', 'recovered', 'worst gap', 'p99 during', 'lost', 'twice', 'restarts'],
  ]
  for (const { drill, without, verdict, figures } of reports) {
    const name = without.length === 0 ? drill : `${drill} without ${without.join(', ')}`
    const said = { yes: 'yes', no: 'NO', expected: 'no, expected', no_steady_state: 'NO steady state', aborted: 'ABORTED' }[
      verdict
    ]
    if (figures === null) {
      rows.push([name, said, ...new Array<string>(9).fill('–')])
      continue
    }
    const { all, writes, restarts } = figures
    rows.push([
      name,
      said,
      percent(all.availability),
      percent(all.answered),
      all.containMs === null ? 'never' : formatMs(all.containMs),
      all.recoverMs === null ? 'never' : formatMs(all.recoverMs),
      formatMs(all.gapMs),
      msOf(all.latency.during.p99),
      `${writes.lost.length} of ${writes.acknowledged}`,
      `${writes.doubled.length}`,
      `${Object.values(restarts).reduce((sum, n) => sum + n, 0)}`,
    ])
  }
  const widths = rows[0]!.map((_, i) => Math.max(...rows.map(row => row[i]!.length)))
  return rows.map(row => `  ${row.map((cell, i) => cell.padEnd(widths[i]!)).join('  ')}`.trimEnd()).join('\n')
}
