// `npm run bench:policies [-- --json] [--rounds N]`: what a guarded call costs, beside cockatiel and opossum with the same work. Each variant in
// a process of its own, in rounds that take turns, so that a busy minute strikes all alike; ratios from this one run.
import { spawnSync } from 'node:child_process'
import { parseArgs } from 'node:util'
import { library } from './peers.ts'
import { variants } from './policies/variants.ts'
import { machine, median, table } from './table.ts'

interface Figures {
  readonly avgNs: number
  readonly minNs: number
  readonly cpuNs: number
  readonly bytes?: number
  readonly keyBytes?: number
}
const { values } = parseArgs({ options: { json: { type: 'boolean', default: false }, rounds: { type: 'string', default: '3' } } })
for (const name of ['mitata', 'cockatiel', 'opossum'] as const) await library(name)
const names = Object.keys(variants)
const measured = new Map<string, Figures[]>(names.map(name => [name, []]))
for (let round = 1; round <= Number(values.rounds); round++)
  for (const name of round % 2 === 1 ? names : [...names].reverse()) {
    console.error(`round ${round} of ${values.rounds}: ${name} …`)
    const one = spawnSync(
      process.execPath,
      ['--expose-gc', '--disable-warning=ExperimentalWarning', `${import.meta.dirname}/policies/one.ts`, name],
      { encoding: 'utf8' },
    )
    if (one.status !== 0) throw new Error(`${name} failed: ${one.stderr}`)
    measured.get(name)!.push(JSON.parse(one.stdout) as Figures)
  }

const of = (name: string, figure: 'minNs' | 'cpuNs') => median(measured.get(name)!.map(one => one[figure]))
const groups = [...new Set(names.map(name => variants[name]!.what))]
const rows = groups.flatMap(what => {
  const those = names.filter(name => variants[name]!.what === what)
  const own = those.find(name => variants[name]!.who === 'selfheal')
  return those.map(name => ({
    what,
    who: variants[name]!.who,
    ns: Math.round(of(name, 'minNs')),
    cpuNs: Math.round(of(name, 'cpuNs')),
    timesOurs: own === undefined || own === name ? null : Number((of(name, 'cpuNs') / of(own, 'cpuNs')).toFixed(2)),
  }))
})
const [bytes, keyBytes] = (['bytes', 'keyBytes'] as const).map(figure =>
  median(measured.get('breaker-selfheal')!.map(one => one[figure] ?? Number.NaN)),
)
const ratio = (group: string, who: string) => rows.find(row => row.what === group && row.who === who)!.timesOurs!
const targets = [
  { target: 'full stack at least 10 × faster than cockatiel’s', ratio: ratio('full stack', 'cockatiel'), least: 10 },
  { target: 'full stack faster than opossum’s smaller one', ratio: ratio('full stack', 'opossum'), least: 1 },
  { target: 'rejection at least 10 × faster than cockatiel’s', ratio: ratio('rejection, breaker open', 'cockatiel'), least: 10 },
  { target: 'rejection at least 10 × faster than opossum’s', ratio: ratio('rejection, breaker open', 'opossum'), least: 10 },
  { target: 'breaker alone faster than cockatiel’s', ratio: ratio('breaker alone', 'cockatiel'), least: 1 },
  { target: 'breaker alone faster than opossum’s', ratio: ratio('breaker alone', 'opossum'), least: 1 },
].map(one => ({ ...one, met: one.ratio >= one.least }))

if (values.json)
  console.log(
    JSON.stringify({
      v: 1,
      ok: targets.every(({ met }) => met),
      data: { machine, rows, targets, bytesPerBreaker: bytes, bytesPerKey: keyBytes },
    }),
  )
else {
  console.log(
    `\nNanoseconds a call: medians of ${values.rounds} rounds. “Wall” is mitata’s best sample; “CPU” is what the process burned, its garbage collector included: the ratios are of that.\n${machine}\n`,
  )
  console.log(
    table(
      ['work', 'policies', 'wall ns', 'CPU ns', '× ours'],
      rows.map(row => [row.what, row.who, row.ns, row.cpuNs, row.timesOurs ?? '']),
    ),
  )
  console.log(`\nA breaker takes ${bytes} bytes, and ${keyBytes} for each further key.\n`)
  console.log(
    table(
      ['target', 'ratio', ''],
      targets.map(({ target, ratio, met }) => [target, ratio, met ? 'met' : 'MISSED']),
    ),
  )
}
process.exitCode = targets.every(({ met }) => met) ? 0 : 1
