// `npm run bench:programs`: who keeps a program running, and what its callers notice of it, each contender in turn, in one run. Two parts:
// --part kills   200 new connections a second for 12 s, kill -9 of the serving process every 2.5 s
// --part faults  kill -9, an error nobody catches, a hang, reloads, a bad deploy; and what the keeper costs while idle
// --part idle    that alone, in two minutes: the keeper's own memory and processor time once nothing has happened for 10 s
// The program has 300 ms of boot work. With --write the tables go into the README.
import { setTimeout as wait } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { contenders, pm2Version, wattVersion } from './contenders.ts'
import { faults } from './programs/faults.ts'
import { kills } from './programs/kills.ts'
import { endAll, keeping, type Part } from './programs/part.ts'
import { upkeep } from './programs/upkeep.ts'
import { fillReadme } from './readme.ts'
import { machine, table } from './table.ts'

const { values } = parseArgs({
  options: {
    part: { type: 'string', default: 'both' },
    seconds: { type: 'string', default: '12' },
    rate: { type: 'string', default: '200' },
    kill: { type: 'string', default: '2.5' },
    only: { type: 'string' },
    write: { type: 'boolean', default: false },
  },
})
if (!['kills', 'faults', 'idle', 'both'].includes(values.part))
  throw new Error(`--part ${values.part}: kills, faults, idle or both`)
const options = { seconds: Number(values.seconds), perSecond: Number(values.rate), everySeconds: Number(values.kill) }

const present = contenders.filter(({ name, absent }) => {
  const why = absent?.()
  if (why !== undefined) console.error(`skipped: ${name}: ${why}`)
  return why === undefined && (values.only === undefined || name.includes(values.only))
})
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void endAll().finally(() => process.exit(1)))
const versions = `PM2 ${pm2Version()}, Watt ${wattVersion()}`

if (values.part === 'both' || values.part === 'kills') {
  const { perSecond, seconds, everySeconds } = options
  tell(
    await kills(present, options),
    `${perSecond} new connections a second for ${seconds} s, kill -9 of the serving process every ${everySeconds} s, 300 ms of boot work.`,
  )
}
if (values.part === 'both' || values.part === 'faults') tell(await faults(present), 'One fault at a time, 300 ms of boot work.')

if (values.part === 'idle') {
  const rows: (string | number)[][] = []
  for (const contender of present) {
    const cost = await keeping(contender, false, async ({ kept }) => {
      await wait(10_000)
      return upkeep(kept.keepers(), 10_000)
    })
    rows.push([contender.name, Math.round(cost.mb), cost.cpuPercent.toFixed(2)])
  }
  console.log(`\n${versions}; ${machine}\n\n${table(['', 'own memory, MB', 'idle CPU, %'], rows)}`)
}

function tell({ name, heads, rows, shown, notes }: Part, what: string): void {
  console.log(`\n${what}\n${versions}; ${machine}\n\n${table(heads, rows)}\n\n${notes.join('\n')}`)
  if (!values.write) return
  const cells = rows.map(row => shown.map(head => row[heads.indexOf(head)]!))
  const when = `${versions}, Node ${process.versions.node}, ${new Date().toISOString().slice(0, 10)}.`
  fillReadme(name, `${table(shown, cells)}\n\n${when} ${notes.join(' ')}`)
}
