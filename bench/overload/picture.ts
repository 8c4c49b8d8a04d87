// The curves of bench:overload as one SVG: a panel for each spike, goodput by second, what the database can do as a dashed line. Pure.
export interface Panel {
  readonly title: string
  /** Good answers of each second. */
  readonly curves: readonly { readonly name: string; readonly values: readonly number[] }[]
}
export interface Frame {
  readonly leadS: number
  readonly spikeS: number
  readonly capacity: number
  readonly note: string
}

const [WIDTH, PANEL, LEFT, TOP, GAP] = [860, 130, 60, 58, 46]
const COLOURS = ['#0a7d4f', '#c2410c']

export function picture(panels: readonly Panel[], { leadS, spikeS, capacity, note }: Frame): string {
  const seconds = Math.max(...panels.flatMap(({ curves }) => curves.map(({ values }) => values.length)))
  const most = capacity * 1.25
  const height = TOP + panels.length * (PANEL + GAP) + 14
  const x = (s: number) => round(LEFT + (s / seconds) * (WIDTH - LEFT - 20))
  const out = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="system-ui, sans-serif" font-size="12" fill="#333">`,
    `<rect width="${WIDTH}" height="${height}" fill="#fff"/>`,
    `<text x="${LEFT}" y="20" font-size="15" font-weight="600">Good answers a second, before, in and after a spike of ${spikeS} s</text>`,
    ...panels[0]!.curves.map(({ name }, i) => {
      const at = LEFT + i * 330
      return `<rect x="${at}" y="32" width="18" height="4" fill="${COLOURS[i]}"/><text x="${at + 24}" y="38">${name}</text>`
    }),
  ]
  panels.forEach(({ title, curves }, n) => {
    const top = TOP + n * (PANEL + GAP) + 14
    const y = (value: number) => round(top + PANEL - (Math.min(most, value) / most) * PANEL)
    out.push(
      `<text x="${LEFT}" y="${top - 5}" font-weight="600">${title}</text>`,
      `<rect x="${x(leadS)}" y="${top}" width="${round(x(leadS + spikeS) - x(leadS))}" height="${PANEL}" fill="#f3f0e6"/>`,
      `<line x1="${LEFT}" x2="${x(seconds)}" y1="${top + PANEL}" y2="${top + PANEL}" stroke="#999"/>`,
      `<line x1="${LEFT}" x2="${x(seconds)}" y1="${y(capacity)}" y2="${y(capacity)}" stroke="#666" stroke-dasharray="4 4"/>`,
      `<text x="${LEFT - 6}" y="${y(capacity) + 4}" text-anchor="end">${capacity}</text>`,
      `<text x="${LEFT - 6}" y="${top + PANEL + 4}" text-anchor="end">0</text>`,
      ...[0, leadS, leadS + spikeS, seconds].map(
        s => `<text x="${x(s)}" y="${top + PANEL + 15}" text-anchor="middle" fill="#666">${s} s</text>`,
      ),
      ...curves.map(({ values }, i) => {
        const points = values.map((value, s) => `${x(s + 0.5)},${y(value)}`).join(' ')
        return `<polyline points="${points}" fill="none" stroke="${COLOURS[i]}" stroke-width="2.5" stroke-linejoin="round"/>`
      }),
    )
  })
  out.push(`<text x="${LEFT}" y="${height - 6}" fill="#666" font-size="11">${note}</text>`, '</svg>', '')
  return out.join('\n')
}

function round(value: number): number {
  return Math.round(value * 10) / 10
}
