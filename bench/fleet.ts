// `npm run bench:fleet [-- --machines N --json --no-picture]`: two things. In virtual time, with the real fleet code: what N machines that restart after a
// shared outage do to the database they share, without a rule, with jitter, with permits, with permits and a ramp (docs/pictures/fleet.svg).
// Then, on a real PostgreSQL: what N machines' beats cost, and how that grows with N.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { beatsOnPostgres } from './fleet/engine.ts'
import { herd, WAYS } from './fleet/herd.ts'
import { picture } from './fleet/picture.ts'
import { table } from './table.ts'

const { values } = parseArgs({
  options: {
    machines: { type: 'string', default: '1000' },
    seed: { type: 'string', default: '1' },
    json: { type: 'boolean', default: false },
    picture: { type: 'boolean', default: true },
  },
  allowNegative: true,
})
const machines = Number(values.machines)
const say = (text: string) => void (values.json || console.log(text))

const herds = []
for (const way of WAYS) herds.push(await herd(way, machines, Number(values.seed)))
say(`${machines} machines restart after a shared outage; load 1 = all of them, warm`)
say(
  table(
    ['', 'most down at a time', 'highest load', 'all done after s'],
    herds.map(({ way, mostDown, highest, doneS }) => [way, String(mostDown), highest.toFixed(2), String(doneS)]),
  ),
)
if (values.picture) writeFileSync(join(import.meta.dirname, '../docs/pictures/fleet.svg'), picture(herds, machines))

const sizes = [10, 100, machines]
const beats = await beatsOnPostgres(sizes)
say(
  '\nbeats on a real PostgreSQL, from one process over 8 connections: as many as it can, then at the pace of one in 2 s for each machine',
)
say(
  table(
    ['machines', 'most a second', 'paced a second', 'p50 ms', 'p99 ms', "PostgreSQL's CPU, % of a core", 'ours'],
    beats.map(row => [
      String(row.machines),
      String(row.most),
      String(row.paced),
      row.p50.toFixed(2),
      row.p99.toFixed(2),
      row.serverCpu.toFixed(0),
      row.ownCpu.toFixed(0),
    ]),
  ),
)
if (values.json) console.log(JSON.stringify({ herds: herds.map(({ load: _, ...rest }) => rest), beats }))
process.exit()
