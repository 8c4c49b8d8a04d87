// `npm run bench:stampede`: one cause, many children. Fifty real processes, each with a pool of four connections to a real PostgreSQL; all
// connections are ended at once, so all fifty fall at once, and come back. Connections per 100 ms, as PostgreSQL's own log has them: with
// the restart rule as it comes, and with no wait at all. And what a lone crash waits: nothing.
import { parseArgs } from 'node:util'
import { createEvents, systemClock } from '../src/core/index.ts'
import { holdPorts, program } from '../src/program/index.ts'
import { type BackoffOptions, startRoot, supervisor } from '../src/supervisor/index.ts'
import { freePort } from './running.ts'
import { type Database, database } from './stampede/postgres.ts'
import { machine } from './table.ts'

const { values } = parseArgs({
  options: { processes: { type: 'string', default: '50' }, pool: { type: 'string', default: '4' } },
})
const [processes, pool] = [Number(values.processes), Number(values.pool)]
const STEP_MS = 100
const app = new URL('./stampede/app.pl', import.meta.url).pathname
const port = await freePort()
const events = createEvents()
const sleep = (ms: number) => new Promise<void>(resolve => setTimeout(resolve, ms))

await using db = await database(port)
console.log(`${processes} processes with ${pool} connections each, PostgreSQL ${db.version}. ${machine}`)
const without = await fall('without: every restart at once', { baseMs: 0, jitter: 0 })
const withIt = await fall('with: the restart rule as it comes', {})
console.log(
  `\nhighest: ${without.highest} connections in 100 ms without, ${withIt.highest} with: ${(without.highest / withIt.highest).toFixed(1)} times fewer.`,
)
console.log(
  `all back after ${without.allBackMs} ms without, ${withIt.allBackMs} ms with. A lone crash is back after ${withIt.loneMs} ms.`,
)

async function fall(title: string, backoff: BackoffOptions) {
  const children = await Promise.all(
    Array.from({ length: processes }, async (_, i) => {
      const ports = await holdPorts([], `fleet/${i}`, events)
      const component = program({ command: ['perl', app, String(port), String(pool)], ports, ready: 'line', clock: systemClock })
      return { id: `app${i}`, component }
    }),
  )
  const root = await startRoot(supervisor({ intensity: 1_000, budget: 'child', backoff, children }), { path: 'fleet' })
  const ready = (generation: number) =>
    root.handle.whichChildren().filter(row => row.state === 'running' && row.generation >= generation).length
  const until = async (so: () => boolean) => {
    while (!so()) await sleep(5)
  }
  // A lone one first: it must not wait, whoever may follow.
  const killedAt = performance.now()
  process.kill((root.handle.whichChild('app0').child!.handle as { readonly pid: number }).pid, 'SIGKILL')
  await until(() => root.handle.whichChild('app0').generation === 2 && root.handle.whichChild('app0').state === 'running')
  const loneMs = Math.round(performance.now() - killedAt)
  await sleep(1_500)
  db.forget()
  const at = Date.now()
  db.endAll()
  await until(() => ready(2) === processes && db.connections.length >= processes * pool)
  const allBackMs = Date.now() - at
  await root.stop()
  return { loneMs, allBackMs, highest: plot(title, db, at) }
}

/** A bar for each 100 ms; the highest. */
function plot(title: string, { connections }: Database, from: number): number {
  const bars: number[] = []
  for (const at of connections) {
    const i = Math.max(0, Math.floor((at - from) / STEP_MS))
    bars[i] = (bars[i] ?? 0) + 1
  }
  const highest = Math.max(...bars.filter(n => n !== undefined))
  console.log(`\n${title}`)
  for (let i = 0; i < bars.length; i++) {
    const n = bars[i] ?? 0
    console.log(
      `  ${String(i * STEP_MS).padStart(5)} ms ${String(n).padStart(4)} ${'█'.repeat(Math.ceil((n / (processes * pool)) * 60))}`,
    )
  }
  return highest
}
