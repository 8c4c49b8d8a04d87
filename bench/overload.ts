// `npm run bench:overload [-- --draw] [--json] [--spike 30] [--times 2,3,10]`: a real app (node:http, PostgreSQL, 10 connections, queries of 100 ms)
// under a spike of 30 s at 2, 3 and 10 times what its database can do. Admission and a guard, beside the usual timeout with three jittered
// retries: same visitors, by the same chance. --draw fills docs/overload.md and draws docs/pictures/overload.svg. About five minutes.
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { testPostgres } from '../test/postgres.ts'
import { type Figures, figures, ON_TIME_MS, type Times } from './overload/figures.ts'
import { picture } from './overload/picture.ts'
import type { Plan, Visit } from './overload/visitors.ts'
import { library, root } from './peers.ts'
import { fillPage } from './readme.ts'
import { machine, table } from './table.ts'

const { values } = parseArgs({
  options: {
    draw: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    spike: { type: 'string', default: '30' },
    times: { type: 'string', default: '2,3,10' },
  },
})
const BASE = 0.8
const times: Times = { leadS: 3, spikeS: Number(values.spike), afterS: 11, capacity: 100, deadlineMs: 2_000 }
const { leadS, spikeS, afterS, capacity, deadlineMs } = times
const SETUPS = { selfheal: 'selfheal: admission, guard', usual: 'usual: timeout, three jittered retries' } as const
type Setup = keyof typeof SETUPS

async function run(setup: Setup, factor: number, databasePort: number): Promise<Figures> {
  console.error(`${SETUPS[setup]}, ${factor} × capacity …`)
  const app = fork(join(import.meta.dirname, 'overload/app.ts'), [setup, String(databasePort), String(deadlineMs)])
  const visitors = fork(join(import.meta.dirname, 'overload/visitors.ts'))
  try {
    const [{ port }] = (await heard(app)) as [{ port: number }]
    const base = capacity * BASE
    const plan: Plan = {
      port,
      phases: [
        { seconds: leadS, perSecond: base },
        { seconds: spikeS, perSecond: capacity * factor },
        { seconds: afterS, perSecond: base },
      ],
      patienceMs: deadlineMs,
      seed: factor,
    }
    visitors.send(plan)
    const [visits] = (await heard(visitors)) as [readonly Visit[]]
    app.send('counts')
    const [counts] = (await heard(app)) as [{ asked: number; attempts: number }]
    return figures(visits, counts, times)
  } finally {
    visitors.kill('SIGKILL')
    app.kill('SIGKILL')
  }
}

function heard(child: ReturnType<typeof fork>): Promise<unknown[]> {
  const over = once(child, 'exit').then(([code, signal]) => {
    throw new Error(`${child.spawnargs.at(-1)} ended with ${code ?? signal}`)
  })
  return Promise.race([once(child, 'message'), over])
}

await library('cockatiel')
const database = await testPostgres()
const rows: (Figures & { readonly setup: Setup; readonly factor: number })[] = []
try {
  for (const factor of values.times.split(',').map(Number))
    for (const setup of ['selfheal', 'usual'] as const) rows.push({ setup, factor, ...(await run(setup, factor, database.port)) })
} finally {
  await database.end()
}

const kept = (one: Figures) =>
  one.goodput >= 0.9 && one.attemptsPerRequest <= 1.1 && one.admittedP99Ms <= deadlineMs && one.successAfter >= 0.95
const percent = (share: number) => `${Math.round(share * 100)} %`
const text = table(
  ['spike', 'set-up', 'goodput', 'queries a request', 'p99 of admitted ms', 'good, from 5 s after it', 'well again after'],
  rows.map(one => [
    `${one.factor} ×`,
    SETUPS[one.setup],
    percent(one.goodput),
    one.attemptsPerRequest.toFixed(2),
    one.admittedP99Ms > deadlineMs ? 'never answered' : Math.round(one.admittedP99Ms),
    percent(one.successAfter),
    one.backAfterS === undefined ? `not in ${afterS} s` : `${one.backAfterS} s`,
  ]),
)
const late = Math.max(...rows.map(one => one.sentLateP99Ms))
const latest = Math.max(...rows.map(one => one.sentLateMostMs))
const sent = `The load was sent on time: 99 % of it within ${Math.ceil(late)} ms of when it was due, the latest ${Math.ceil(latest)} ms.`
const busy = `The machine was too busy for this: 1 % of the load was sent more than ${Math.ceil(late)} ms late, the latest ${Math.ceil(latest)} ms. Run it again.`
const onTime = late <= ON_TIME_MS
const ours = rows.filter(({ setup }) => setup === 'selfheal')
const ok = onTime && ours.every(kept)
const note = `${onTime ? sent : busy}\n${machine}`
if (values.json) console.log(JSON.stringify({ v: 1, ok, data: { machine, times, onTime, rows } }))
else
  console.log(
    `\n${text}\n\n${note}\n\nOur promise (goodput ≥ 90 %, attempts ≤ 1.1, p99 ≤ ${deadlineMs} ms, ≥ 95 % after): ${onTime ? (ours.every(kept) ? 'kept' : 'BROKEN') : 'not judged'}`,
  )
if (values.draw && onTime) {
  const factors = [...new Set(rows.map(({ factor }) => factor))]
  const panels = factors.map(factor => ({
    title: `${factor} × capacity: ${factor * capacity} requests a second`,
    curves: rows.filter(one => one.factor === factor).map(one => ({ name: SETUPS[one.setup], values: one.curve })),
  }))
  const says = `Shaded: the spike. Dashed: what 10 connections can do with queries of 100 ms. Before and after it: ${capacity * BASE} requests a second.`
  writeFileSync(join(root, 'docs/pictures/overload.svg'), picture(panels, { leadS, spikeS, capacity, note: says }))
  fillPage('docs/overload.md', 'overload', `${text}\n\n${note}`)
}
process.exitCode = ok ? 0 : 1
