// The same runs as one SVG: a strip for each arm, a colour for how those fared who called in each quarter of a second. Pure.
import { BEFORE_MS, type Fared, SLICE_MS } from './figures.ts'
import type { Row } from './page.ts'
import { ARMS } from './plan.ts'
import type { Times } from './run.ts'

const COLOURS: Readonly<Record<Exclude<Fared, 'none'>, string>> = { good: '#6fbf95', refused: '#f2c14e', waited: '#c2410c' }
const SAYS = { good: 'answered', refused: 'failed at once', waited: 'waited, and failed or was late' } as const
const DRIVERS = { postgres: '', mariadb: 'MariaDB: ', redis: 'Redis: ' } as const
const [WIDTH, LEFT, TOP, STRIP, GAP] = [900, 290, 62, 10, 9]

export function picture(rows: readonly Row[], { faultMs, afterMs }: Pick<Times, 'faultMs' | 'afterMs'>): string {
  const slices = Math.max(1, ...rows.map(({ figures }) => figures.strip.length))
  const x = (slice: number) => round(LEFT + (slice / slices) * (WIDTH - LEFT - 16))
  const body: string[] = []
  let y = TOP
  rows.forEach(({ fault, arm, figures }, i) => {
    if (i > 0 && rows[i - 1]!.fault !== fault) y += GAP
    if (rows[i - 1]?.fault !== fault)
      body.push(`<text x="10" y="${y + 9}" font-weight="600">${DRIVERS[fault.driver]}${fault.name}</text>`)
    body.push(`<text x="${LEFT - 8}" y="${y + 9}" text-anchor="end" font-size="10">${ARMS[arm]}</text>`)
    for (const [from, to, fared] of stretches(figures.strip))
      if (fared !== 'none')
        body.push(
          `<rect x="${x(from)}" y="${y}" width="${round(x(to) - x(from))}" height="${STRIP - 1}" fill="${COLOURS[fared]}"/>`,
        )
    y += STRIP
  })
  const ticks = [0, faultMs, faultMs + afterMs].map(ms => ({ ms, at: x((ms + BEFORE_MS) / SLICE_MS) }))
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${y + 40}" font-family="system-ui, sans-serif" font-size="11" fill="#333">`,
    `<rect width="${WIDTH}" height="${y + 40}" fill="#fff"/>`,
    '<text x="10" y="20" font-size="15" font-weight="600">How those fared who called, by quarter seconds</text>',
    ...Object.entries(SAYS).map(
      ([fared, says], i) =>
        `<rect x="${10 + i * 190}" y="32" width="18" height="8" fill="${COLOURS[fared as keyof typeof SAYS]}"/><text x="${34 + i * 190}" y="40">${says}</text>`,
    ),
    ...body,
    ...ticks.map(
      ({ ms, at }) =>
        `<line x1="${at}" x2="${at}" y1="${TOP - 6}" y2="${y + 4}" stroke="#666" stroke-dasharray="3 3"/><text x="${at}" y="${y + 18}" text-anchor="middle" fill="#666">${ms / 1_000} s</text>`,
    ),
    `<text x="10" y="${y + 34}" fill="#666">0 s: the fault begins; ${faultMs / 1_000} s: it ends (“restarted” ends at once). 50 calls a second in each arm; a colour when more than a tenth fared so.</text>`,
    '</svg>',
    '',
  ].join('\n')
}

function stretches(strip: readonly Fared[]): (readonly [from: number, to: number, fared: Fared])[] {
  const out: [number, number, Fared][] = []
  strip.forEach((fared, i) => {
    const last = out.at(-1)
    if (last?.[2] === fared) last[1] = i + 1
    else out.push([i, i + 1, fared])
  })
  return out
}

function round(value: number): number {
  return Math.round(value * 10) / 10
}
