// All that is measured of one system: counters that events add to, and gauges read off its parts when someone asks. Bounded: a label that
// never ends can't fill the memory.
import { countsOf } from './counts.ts'
import { gaugesOf } from './gauges.ts'
import { INSTRUMENTS } from './instruments.ts'
import type { Sample, SeenPart } from './sample.ts'

/** Series of one instrument; more are left out. */
const MOST_SERIES = 1_000

export interface Readings {
  hear(event: { readonly name: string; readonly source: string; readonly data: unknown }): void
  /** Every figure there is: counters, and the gauges of `parts`. */
  samples(parts: readonly SeenPart[]): readonly Sample[]
}

export function readings(): Readings {
  const counted = new Map<string, Map<string, Sample>>()
  return Object.freeze({
    hear(event: Parameters<Readings['hear']>[0]) {
      for (const { name, labels, value } of countsOf(event)) {
        const series = counted.get(name) ?? new Map<string, Sample>()
        counted.set(name, series)
        const key = keyOf(labels)
        const known = series.get(key)
        if (known === undefined && series.size >= MOST_SERIES) continue
        series.set(key, { name, labels, value: (known?.value ?? 0) + value })
      }
    },
    samples(parts: readonly SeenPart[]) {
      const all = new Map<string, Sample>()
      const perName = new Map<string, number>()
      // Two that say the same (a life that leaves beside its successor) would be refused by every reader: their figures are put together.
      for (const one of [...[...counted.values()].flatMap(series => [...series.values()]), ...gaugesOf(parts)]) {
        const key = `${one.name}\n${keyOf(one.labels)}`
        const known = all.get(key)
        const n = perName.get(one.name) ?? 0
        if (known === undefined && n >= MOST_SERIES) continue
        if (known === undefined) perName.set(one.name, n + 1)
        const value = known === undefined ? one.value : together(one.name, known.value, one.value)
        all.set(key, { ...one, value })
      }
      return [...all.values()]
    },
  })
}

const together = (name: string, a: number, b: number) => (INSTRUMENTS[name]?.kind === 'counter' ? a + b : Math.max(a, b))
const keyOf = (labels: Sample['labels']) =>
  Object.entries(labels)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => `${key}\t${value}`)
    .join('\n')
