// The herds as one picture: load over time, a line each.
import type { Herd } from './herd.ts'

const [WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM] = [900, 420, 60, 20, 60, 50]
const COLOURS = ['#c0392b', '#d68910', '#2471a3', '#1e8449']
const MOST_S = 200

export function picture(herds: readonly Herd[], machines: number): string {
  const highest = Math.ceil(Math.max(...herds.map(herd => herd.highest)))
  const x = (s: number) => LEFT + (s / MOST_S) * (WIDTH - LEFT - RIGHT)
  const y = (load: number) => HEIGHT - BOTTOM - (load / highest) * (HEIGHT - TOP - BOTTOM)
  const line = (herd: Herd, i: number) => {
    const points = Array.from({ length: MOST_S + 1 }, (_, s) => `${x(s).toFixed(1)},${y(herd.load[s] ?? 1).toFixed(1)}`)
    return `<polyline fill="none" stroke="${COLOURS[i]}" stroke-width="2" points="${points.join(' ')}"/>`
  }
  const key = (herd: Herd, i: number) =>
    `<rect x="${LEFT + i * 205}" y="34" width="14" height="4" fill="${COLOURS[i]}"/><text x="${LEFT + 20 + i * 205}" y="40">${herd.way}: at most ${herd.highest.toFixed(1)}</text>`
  const across = Array.from({ length: highest + 1 }, (_, load) => {
    return `<line x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${y(load)}" y2="${y(load)}" stroke="#ddd"/><text x="${LEFT - 8}" y="${y(load) + 4}" text-anchor="end">${load}</text>`
  })
  const along = [0, 50, 100, 150, 200].map(s => `<text x="${x(s)}" y="${HEIGHT - 26}" text-anchor="middle">${s} s</text>`)
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="13" role="img" aria-label="Load on the shared database while ${machines} machines restart, four ways">
<rect width="${WIDTH}" height="${HEIGHT}" fill="#fff"/>
<text x="${LEFT}" y="20" font-size="15">Load on the shared database while ${machines} machines restart (1 = all of them, warm); simulated, the permits by the real code</text>
${herds.map(key).join('\n')}
${across.join('\n')}
${along.join('\n')}
${herds.map(line).join('\n')}
</svg>
`
}
