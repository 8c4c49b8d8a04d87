// Draws the levels of each connection as a ladder, the outermost on top: a rung that is wider than the one above it is out of step.
// Pure: text out.
import { formatMs, type Setting } from '../core/index.ts'
import { coveredBy } from './covered.ts'
import type { Facts, Finding } from './facts.ts'

/** From outside in. What is not named here stands below, in its own order. */
const ORDER = [
  'stop',
  'grace',
  'drain',
  'server-keep-alive',
  'server-request',
  'server-headers',
  'inbound-deadline',
  'deadline',
  'attempt',
  'query',
  'command',
  'headers',
  'body-gap',
  'slow',
  'acquire',
  'connect',
  'tls',
  'dns',
  'statement',
  'lock',
  'idle-in-transaction',
  'client-check',
  'tcp',
  'client-keep-alive',
  'pool-idle',
  'window',
  'open',
  'probe',
]
const WIDTH = 24

export function ladders({ parts }: Facts, findings: readonly Finding[]): string {
  return parts
    .filter(part => part.settings.length > 0)
    .map(({ path, kind, settings }) => {
      const rungs = [...settings].filter(s => s.level !== 'retries').sort((a, b) => place(a) - place(b))
      const names = Math.max(...rungs.map(r => r.level.length))
      const covers = new Map(rungs.flatMap(r => (r.valueMs === null ? [[r, coveredBy(r.level, settings)] as const] : [])))
      const timeOf = (r: Setting) => (covers.get(r) === undefined ? time(r) : '–')
      const times = Math.max(...rungs.map(r => timeOf(r).length))
      const lines = rungs.map(r => {
        const by = covers.get(r)
        const drawn = by === undefined ? bar(r.valueMs) : `ended by ${by}`.padEnd(WIDTH)
        return `  ${r.level.padEnd(names)}  ${timeOf(r).padStart(times)}  ${drawn}  ${r.name}, ${r.from}`
      })
      const broken = findings.filter(f => f.where === path && f.weight === 'broken').length
      return [`${path} (${kind})${broken === 0 ? '' : `  ${broken} out of step`}`, ...lines].join('\n')
    })
    .join('\n\n')
}

const place = ({ level }: Setting) => {
  const at = ORDER.indexOf(level)
  return at < 0 ? ORDER.length : at
}
const time = ({ valueMs }: Setting) => (valueMs === null ? 'for ever' : formatMs(valueMs))

/** By the logarithm: a tenth of a second is one end, ten minutes the other. */
function bar(ms: number | null): string {
  if (ms === null) return '█'.repeat(WIDTH - 1).concat('▶')
  const share = Math.log(Math.max(100, ms) / 100) / Math.log(6_000)
  return '█'.repeat(Math.max(1, Math.round(Math.min(1, share) * (WIDTH - 2)))).padEnd(WIDTH)
}
