// `npm run proof:fleet [-- --runs N --seed S --mutant M --json]`: histories of a fleet in virtual time, each from one seed: partitions in both and
// in one direction, stopped and killed machines, stepped clocks, a hung engine. Then the same code with a fault in it, which must be found.
import { parseArgs } from 'node:util'
import { type Proof, prove } from '../test/fleet-proof/prove.ts'
import type { Mutant } from '../test/fleet-proof/run.ts'

const MUTANTS = ['no-fence', 'wall-clock', 'no-margin', 'no-cas'] as const
const MOST_FOR_A_MUTANT = 500

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '3000' },
    seed: { type: 'string', default: '1' },
    mutant: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
})
const [runs, seed] = [Number(values.runs), Number(values.seed)]
const say = (text: string) => void (values.json || console.error(text))
const began = performance.now()
const done = (n: number) => n % 500 === 0 && say(`${n} histories, ${Math.round((performance.now() - began) / 1_000)} s`)
const tell = ({ violations }: Proof) => {
  for (const one of violations.slice(0, 5)) say(`  seed ${one.seed}: ${one.says[0]}`)
}

const results: Record<string, Proof> = {}
if (values.mutant === undefined) {
  const real = await prove(seed, runs, 'none', { done })
  results['none'] = real
  say(
    `${real.runs} histories: ${real.violations.length} with a violation. ${real.effects} writes under a lease, ${real.takeovers} takings of it, ${real.refused} stale writes refused by the fence, ${real.restarts} restarts, ${real.decisions} decisions.`,
  )
  tell(real)
}
for (const mutant of values.mutant === undefined ? MUTANTS : [values.mutant as Mutant]) {
  const proof = await prove(seed, MOST_FOR_A_MUTANT, mutant, { most: 1 })
  results[mutant] = proof
  say(`${mutant}: ${proof.violations.length > 0 ? `found in history ${proof.runs}` : `NOT found in ${proof.runs} histories`}`)
  tell(proof)
}
if (values.json) console.log(JSON.stringify(results))
const missed = Object.entries(results).filter(([name, { violations }]) => (name === 'none') === violations.length > 0)
process.exit(missed.length === 0 ? 0 : 1)
