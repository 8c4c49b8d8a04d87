// `npm run proof:failover [-- --runs N --seed S --seeds A,B --stall MS --json --mutant M --compare --ledger sqlite|postgres|both]`: a model checker in the small.
// Orders against two payment simulators as real processes, every fault at every step, kill -9, double clicks, two machines; from one seed.
import { parseArgs } from 'node:util'
import { cluster } from '../test/proof/cluster.ts'
import { MUTANTS, type Mutant } from '../test/proof/mutants.ts'
import type { MachineConfig } from '../test/proof/numbers.ts'
import { prove, type Summary } from '../test/proof/prove.ts'

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '10000' },
    seed: { type: 'string', default: '1' },
    seeds: { type: 'string' },
    batch: { type: 'string', default: '100' },
    ledger: { type: 'string', default: 'both' },
    stall: { type: 'string' },
    within: { type: 'string', default: '15000' },
    mutant: { type: 'string' },
    compare: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  },
})
const say = (text: string) => void (values.json || console.error(text))
if (values.mutant !== undefined && !MUTANTS.includes(values.mutant as Mutant)) {
  console.error(`There is no mutant ${values.mutant}. There are: ${MUTANTS.join(', ')}.`)
  process.exit(2)
}
const postgres = values.ledger === 'sqlite' || values.compare ? undefined : await cluster()
const one = (way: MachineConfig['way'], mutant?: Mutant) =>
  prove({
    runs: Number(values.runs),
    seed: Number(values.seed),
    ...(values.seeds === undefined ? {} : { seeds: values.seeds.split(',').map(Number) }),
    batch: Number(values.batch),
    withinMs: Number(values.within),
    ...(values.stall === undefined ? {} : { stallMs: Number(values.stall) }),
    way,
    ledgers:
      values.ledger === 'both' && postgres !== undefined
        ? ['sqlite', 'postgres']
        : [postgres === undefined ? 'sqlite' : 'postgres'],
    say,
    ...(mutant === undefined ? {} : { mutant }),
    ...(postgres === undefined ? {} : { postgres: postgres.url }),
  })

try {
  if (values.compare) {
    const rows: Record<string, Summary> = {}
    for (const way of ['selfheal', 'try-catch', 'next-on-any-error'] as const) rows[way] = await one(way)
    if (!values.json)
      console.table(
        Object.fromEntries(
          Object.entries(rows).map(([way, row]) => [
            way,
            {
              runs: row.runs,
              doubleCharges: row.doubleCharges,
              'of them alarmed': row.alarmed,
              per1000: Math.round((row.doubleCharges / row.runs) * 10_000) / 10,
            },
          ]),
        ),
      )
    console.log(JSON.stringify(rows))
  } else {
    const summary = await one('selfheal', values.mutant as Mutant | undefined)
    console.log(JSON.stringify(summary))
    process.exitCode = summary.ok ? 0 : 1
  }
} finally {
  await postgres?.stop()
}
