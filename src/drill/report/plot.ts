// The timeline of one drill as an SVG: how long answers took above, what became of them below, and the marks through both. No script: a tip
// on each column is the browser's own.
import { formatMs } from '../../core/index.ts'
import type { Column, DrillReport, Mark } from '../scenario/report.ts'
import { escapeHtml } from './escape.ts'

const WIDTH = 960
const LEFT = 64
const RIGHT = 16
const TOP = 92
const LATENCY_HEIGHT = 130
const BETWEEN = 26
const COUNT_HEIGHT = 90
const BOTTOM = 30
const LABEL_ROWS = 5
const LABEL_ROW = 15
const LABEL_WIDTH = 210

export function timelinePlot(report: Pick<DrillReport, 'columns' | 'columnMs' | 'marks' | 'durationMs' | 'drill'>): string {
  const { columns, columnMs, durationMs, marks, drill } = report
  const inner = WIDTH - LEFT - RIGHT
  const x = (ms: number) => LEFT + (Math.min(Math.max(ms, 0), durationMs) / durationMs) * inner
  const latencyBottom = TOP + LATENCY_HEIGHT
  const countTop = latencyBottom + BETWEEN
  const countBottom = countTop + COUNT_HEIGHT
  const height = countBottom + BOTTOM

  // Log scale: a hang of seconds and an answer of milliseconds are both to be seen.
  const slowest = Math.max(100, ...columns.map(one => one.p99 ?? 0))
  const decades = Math.ceil(Math.log10(slowest))
  const y = (ms: number) => latencyBottom - (Math.log10(Math.max(1, ms)) / decades) * LATENCY_HEIGHT
  const most = Math.max(1, ...columns.map(one => one.ok + one.degraded + one.failed))
  const tall = (n: number) => (n / most) * COUNT_HEIGHT
  const wide = Math.max(1, x(columnMs) - x(0) - 1)

  const out: string[] = []
  const push = (text: string) => void out.push(text)
  for (let decade = 0; decade <= decades; decade++) {
    const at = y(10 ** decade)
    push(`<line class="grid" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${r(at)}" y2="${r(at)}"/>`)
    push(`<text class="axis" x="${LEFT - 8}" y="${r(at + 4)}" text-anchor="end">${formatMs(10 ** decade)}</text>`)
  }
  push(`<text class="axis" x="${LEFT - 8}" y="${countTop + 9}" text-anchor="end">${most}</text>`)
  push(`<text class="axis" x="${LEFT - 8}" y="${countBottom}" text-anchor="end">0</text>`)
  push(`<line class="grid" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${countBottom}" y2="${countBottom}"/>`)
  for (const ms of ticks(durationMs))
    push(
      `<text class="axis" x="${r(x(ms))}" y="${countBottom + 18}" text-anchor="middle">${ms === 0 ? '0' : formatMs(ms)}</text>`,
    )

  for (const [from, to] of broken(marks, durationMs))
    push(
      `<rect class="broken" x="${r(x(from))}" y="${TOP - 6}" width="${r(Math.max(2, x(to) - x(from)))}" height="${countBottom - TOP + 6}"/>`,
    )
  for (const one of columns) {
    let at = countBottom
    const bar = (n: number, kind: string) => {
      if (n === 0) return
      at -= tall(n)
      push(`<rect class="${kind}" x="${r(x(one.atMs))}" y="${r(at)}" width="${r(wide)}" height="${r(tall(n))}"/>`)
    }
    bar(one.ok, 'ok')
    bar(one.degraded, 'degraded')
    bar(one.failed, 'failed')
    const tip = `${formatMs(one.atMs)}: ${one.ok} good, ${one.degraded} honest no, ${one.failed} failed${one.p99 === null ? '' : `; p50 ${formatMs(one.p50!)}, p99 ${formatMs(one.p99)}`}`
    push(
      `<rect class="tip" x="${r(x(one.atMs))}" y="${TOP}" width="${r(wide + 1)}" height="${countBottom - TOP}"><title>${escapeHtml(tip)}</title></rect>`,
    )
  }
  for (const key of ['p99', 'p50'] as const)
    push(`<path class="${key}" d="${path(columns, key, one => x(one.atMs + columnMs / 2), y)}"/>`)
  push(marksOf(marks, x, countBottom))
  const label = `Timeline of ${drill}: latency above, answers below, over ${formatMs(durationMs)}`
  return `<svg viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${escapeHtml(label)}">${out.join('')}</svg>`
}

/** Where nothing was answered, the line is interrupted. */
function path(columns: readonly Column[], key: 'p50' | 'p99', x: (one: Column) => number, y: (ms: number) => number): string {
  let pen = 'M'
  return columns
    .map(one => {
      const ms = one[key]
      if (ms === null) {
        pen = 'M'
        return ''
      }
      const step = `${pen}${r(x(one))} ${r(y(ms))}`
      pen = 'L'
      return step
    })
    .join('')
}

const NAMES: Readonly<Record<Mark['is'], string>> = {
  fault: '▼',
  healed: '△ healed',
  detected: 'detected',
  contained: 'contained',
  recovered: 'recovered',
  restarted: '↻',
}

/** Each label in the first row in which it does not run into another. */
function marksOf(marks: readonly Mark[], x: (ms: number) => number, bottom: number): string {
  const ends = new Array<number>(LABEL_ROWS).fill(Number.NEGATIVE_INFINITY)
  return marks
    .map(({ atMs, is, says }) => {
      const at = x(atMs)
      const text =
        is === 'fault' || is === 'restarted'
          ? `${NAMES[is]} ${says}`
          : is === 'healed'
            ? NAMES[is]
            : `${NAMES[is]} ${formatMs(Math.max(0, atMs))}`
      const shown = text.length > 34 ? `${text.slice(0, 33)}…` : text
      const wide = Math.min(LABEL_WIDTH, shown.length * 6.3 + 10)
      const toLeft = at + wide > WIDTH - RIGHT
      const from = toLeft ? at - wide : at
      const row = ends.findIndex(end => from > end)
      const line = `<line class="mark ${is}" x1="${r(at)}" x2="${r(at)}" y1="${row === -1 ? TOP - 6 : 8 + row * LABEL_ROW}" y2="${bottom}"/>`
      if (row === -1) return line
      ends[row] = from + wide
      const tip = `<title>${escapeHtml(`${formatMs(Math.max(0, atMs))} ${is}: ${says}`)}</title>`
      return `${line}<text class="label ${is}" x="${r(toLeft ? at - 4 : at + 4)}" y="${16 + row * LABEL_ROW}"${toLeft ? ' text-anchor="end"' : ''}>${escapeHtml(shown)}${tip}</text>`
    })
    .join('')
}

/** When something was broken, as stretches. */
function broken(marks: readonly Mark[], durationMs: number): readonly (readonly [number, number])[] {
  return marks
    .filter(one => one.is === 'fault')
    .map(fault => {
      const healed = marks.find(one => one.is === 'healed' && one.says === fault.says && one.atMs >= fault.atMs)
      return [fault.atMs, Math.min(durationMs, healed?.atMs ?? fault.atMs)] as const
    })
}

function ticks(durationMs: number): readonly number[] {
  const every = [1_000, 2_000, 5_000, 10_000, 30_000, 60_000, 300_000].find(ms => durationMs / ms <= 12) ?? 600_000
  return Array.from({ length: Math.floor(durationMs / every) + 1 }, (_, i) => i * every)
}

const r = (n: number) => Math.round(n * 10) / 10
