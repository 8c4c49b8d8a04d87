// `npm run bench:output`: a program that writes 10 GB without a newline. selfheal's memory must stay flat (the median of the last quarter of
// the time against that of the second; the first warms up). Exit status 1 otherwise.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { residentMb } from './kernel.ts'
import { here } from './peers.ts'
import { published } from './published.ts'
import { start } from './running.ts'
import { machine, median } from './table.ts'

const { values } = parseArgs({ options: { megabytes: { type: 'string', default: '10240' } } })
const MAX_GROWTH_MB = 5
const folder = mkdtempSync(join(tmpdir(), 'selfheal-bench-'))
const words = ['run', '--ready', 'alive', '--', process.execPath, join(here, 'programs/flood.mjs'), values.megabytes]
const running = start(process.execPath, [published(), ...words], { SELFHEAL_STATE: join(folder, 'state') }, folder)
try {
  const memory: number[] = []
  const began = performance.now()
  while (!running.said().includes('all of it is written')) {
    if (running.child.exitCode !== null) throw new Error(running.said())
    await wait(250)
    memory.push(residentMb(running.child.pid!))
  }
  const seconds = (performance.now() - began) / 1_000
  const quarter = Math.max(1, Math.floor(memory.length / 4))
  const [first, last] = [median(memory.slice(quarter, 2 * quarter)), median(memory.slice(-quarter))]
  console.log(`\n${values.megabytes} MB of output without a newline in ${seconds.toFixed(0)} s. ${machine}`)
  console.log(
    `Supervisor's memory, median: second quarter ${first.toFixed(1)} MB, last quarter ${last.toFixed(1)} MB, difference ${(last - first).toFixed(1)} MB; highest ${Math.max(...memory).toFixed(1)} MB.`,
  )
  const well = last - first <= MAX_GROWTH_MB
  console.log(well ? 'Verdict: yes: memory flat.' : 'Verdict: NO.')
  process.exitCode = well ? 0 : 1
} finally {
  await running.stop()
  rmSync(folder, { recursive: true, force: true })
}
