// `npm run bench:scorecard [-- --json]`: defects that were measured in the peers, run against all of us. – : it has no such thing.
import { parseArgs } from 'node:util'
import { testPostgres } from '../test/postgres.ts'
import { contenders } from './scorecard/contenders.ts'
import { databaseProbes } from './scorecard/database.ts'
import { probes } from './scorecard/probes.ts'
import { machine, table } from './table.ts'

const { values } = parseArgs({ options: { json: { type: 'boolean', default: false } } })
// A peer's stray rejection is its own.
process.on('unhandledRejection', () => {})
const all = await contenders()
const server = await testPostgres()
const rows: { readonly probe: string; readonly results: Readonly<Record<string, 'pass' | 'fail' | '–'>> }[] = []
for (const probe of [...probes, ...databaseProbes(server)]) {
  const results: Record<string, 'pass' | 'fail' | '–'> = {}
  for (const contender of all) {
    const passed = await probe.run(contender)
    results[contender.name] = passed === undefined ? '–' : passed ? 'pass' : 'fail'
  }
  rows.push({ probe: probe.says, results })
}
await server.end()
const ok = rows.every(({ results }) => results['selfheal'] === 'pass')
if (values.json) console.log(JSON.stringify({ v: 1, ok, data: { machine, rows } }))
else {
  console.log(`${machine}\n`)
  console.log(
    table(
      ['probe', ...all.map(({ name }) => name)],
      rows.map(({ probe, results }) => [probe, ...all.map(({ name }) => results[name]!)]),
    ),
  )
}
process.exit(ok ? 0 : 1)
