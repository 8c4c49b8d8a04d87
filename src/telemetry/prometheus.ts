// Samples as Prometheus reads them (text format 0.0.4): `selfheal.breaker.state` is selfheal_breaker_state, a counter ends in _total. Pure.
import { INSTRUMENTS } from './instruments.ts'
import type { Sample } from './sample.ts'

export const PROMETHEUS_TYPE = 'text/plain; version=0.0.4; charset=utf-8'

export function prometheusText(samples: readonly Sample[]): string {
  const lines: string[] = []
  for (const [name, { kind, says }] of Object.entries(INSTRUMENTS)) {
    const own = samples.filter(one => one.name === name)
    if (own.length === 0) continue
    const shown = prometheusName(name)
    lines.push(`# HELP ${shown} ${says}`, `# TYPE ${shown} ${kind}`)
    for (const { labels, value } of own) lines.push(`${shown}${labelsOf(labels)} ${inBaseUnit(name, value)}`)
  }
  return `${lines.join('\n')}\n`
}

export function prometheusName(name: string): string {
  const { kind, unit } = INSTRUMENTS[name] ?? { kind: 'gauge', unit: '' }
  const suffix = kind === 'counter' ? '_total' : unit === 'By' ? '_bytes' : unit === 'ms' ? '_seconds' : ''
  return name.replaceAll('.', '_') + suffix
}

/** Prometheus counts time in seconds. */
const inBaseUnit = (name: string, value: number) => (INSTRUMENTS[name]?.unit === 'ms' ? value / 1_000 : value)

function labelsOf(labels: Sample['labels']): string {
  const all = Object.entries(labels).map(([key, value]) => `${key}="${escaped(value)}"`)
  return all.length === 0 ? '' : `{${all.join(',')}}`
}

const escaped = (value: string) => value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
