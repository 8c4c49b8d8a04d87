// What the journal costs the thread that tells: one append, and the longest stall, at 10,000 events a second, and as fast as it goes; and what
// becomes of them. `npm run bench:journal`
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { createEvents, type Event } from '../src/core/index.ts'
import { journal } from '../src/journal/index.ts'
import { machine, table } from './table.ts'

const RATE = 10_000
const SECONDS = 10
const data = { generation: 3, pid: 4_711, error: { name: 'Error', message: 'connect ECONNREFUSED 127.0.0.1:5432' }, waitMs: 120 }

interface Run {
  readonly costs: readonly number[]
  readonly stallMs: number
  readonly perSecond: number
}

async function atRate(tell: () => void, perSecond: number): Promise<Run> {
  const costs: number[] = []
  const delay = monitorEventLoopDelay({ resolution: 1 })
  delay.enable()
  const begun = performance.now()
  while (performance.now() - begun < SECONDS * 1_000) {
    const due = Math.floor(((performance.now() - begun) / 1_000) * perSecond)
    for (let n = costs.length; n < due; n++) {
      const before = process.hrtime.bigint()
      tell()
      costs.push(Number(process.hrtime.bigint() - before))
    }
    await new Promise(resolve => setTimeout(resolve, 1))
  }
  delay.disable()
  return { costs, stallMs: delay.percentile(99) / 1e6, perSecond: costs.length / ((performance.now() - begun) / 1_000) }
}

const folder = mkdtempSync(join(tmpdir(), 'selfheal-bench-'))
const log = journal({ file: join(folder, 'journal.db') })
const events = createEvents()
const told = (events as { emit: (...args: unknown[]) => unknown }).emit
events.on('*', event => log.append(event))
const sample: Event[] = []
const undo = events.on('*', event => sample.push(event))
told('bench.told', 'bench', data, { level: 'warn' })
undo()
let n = 0
const append = () => log.append({ ...sample[0]!, id: `bench.${++n}` })

const idle = await atRate(() => {}, RATE)
const appended = await atRate(append, RATE)
const emitted = await atRate(() => told('bench.told', 'bench', data, { level: 'warn' }), RATE)
const flushed = await log.flush(10_000)
const { written, dropped } = log.stats()
const rows = (name: string, { costs, stallMs, perSecond }: Run) => {
  const sorted = [...costs].sort((a, b) => a - b)
  const rank = (share: number) => `${(sorted[Math.floor(sorted.length * share)]! / 1_000).toFixed(1)} µs`
  return [name, `${Math.round(perSecond)}`, rank(0.5), rank(0.99), rank(0.999), `${stallMs.toFixed(1)} ms`]
}
console.log(
  table(
    ['on the main thread', 'events/s', 'p50', 'p99', 'p99.9', 'loop delay p99'],
    [rows('nothing (the clock itself)', idle), rows('append', appended), rows('emit → append', emitted)],
  ),
)
console.log(
  `\n${written} written, ${dropped} dropped${flushed ? '' : ', and the disk had not caught up in 10 s'}: ${SECONDS} s each, data of ${JSON.stringify(data).length} bytes`,
)

// As fast as it goes: what is bounded is memory, so what the disk can't take is counted.
const burst = journal({ file: join(folder, 'burst.db') })
const begun = performance.now()
for (let i = 0; i < 200_000; i++) {
  burst.append({ ...sample[0]!, id: `burst.${i}` })
  if (i % 500 === 499) await new Promise(resolve => setImmediate(resolve))
}
const tookMs = performance.now() - begun
await burst.flush(20_000)
const end = burst.stats()
console.log(
  `As fast as it goes: ${Math.round(200_000 / (tookMs / 1_000))} a second given, ${end.written} written, ${end.dropped} dropped and counted`,
)
console.log(machine)
await log.close()
await burst.close()
rmSync(folder, { recursive: true, force: true })
