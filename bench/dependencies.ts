// `npm run bench:dependencies [-- --fault hung] [--driver postgres] [--only selfheal,bare] [--json] [--write]`: what real servers do to an app
// when they go wrong, sixteen ways: the bare driver, the same under opossum and under cockatiel, and ours, side by side on one server; then a
// storm of fifty apps after an outage. --write fills docs/faults.md and draws docs/pictures/faults.svg. About six minutes.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { otherFaults } from './dependencies/faults-others.ts'
import { postgresFaults } from './dependencies/faults-postgres.ts'
import { figures } from './dependencies/figures.ts'
import { broken, faultTable, type Row, settingsText, stormTable, whatTheyAre } from './dependencies/page.ts'
import { picture } from './dependencies/picture.ts'
import { ARMS, type Arm } from './dependencies/plan.ts'
import { run } from './dependencies/run.ts'
import type { Fault } from './dependencies/stage.ts'
import { type Storm, storm } from './dependencies/storm.ts'
import { library, root } from './peers.ts'
import { fillPage } from './readme.ts'
import { machine } from './table.ts'

const { values } = parseArgs({
  options: {
    fault: { type: 'string' },
    driver: { type: 'string' },
    only: { type: 'string' },
    /** Seconds. */
    lead: { type: 'string', default: '12' },
    for: { type: 'string', default: '8' },
    after: { type: 'string', default: '30' },
    /** So many faults at a time, each on a server of its own. */
    lanes: { type: 'string', default: '3' },
    json: { type: 'boolean', default: false },
    write: { type: 'boolean', default: false },
    verbose: { type: 'boolean', default: false },
  },
})
const times = {
  leadMs: Number(values.lead) * 1_000,
  faultMs: Number(values.for) * 1_000,
  afterMs: Number(values.after) * 1_000,
  perSecond: 50,
}
const arms = (values.only?.split(',') ?? Object.keys(ARMS)) as Arm[]
const all = [...postgresFaults, ...otherFaults]
const chosen = all.filter(({ name, driver }) => (values.fault ?? name) === name && (values.driver ?? driver) === driver)
const storms = values.driver === undefined && (values.fault === undefined || values.fault === 'storm')
const unknown = arms.find(arm => !(arm in ARMS))
if (unknown !== undefined || (chosen.length === 0 && !storms)) {
  console.error(`Faults: ${[...new Set(all.map(({ name }) => name))].join(', ')}, storm. Arms: ${Object.keys(ARMS).join(', ')}.`)
  process.exit(2)
}
for (const peer of ['opossum', 'cockatiel'] as const) if (arms.includes(peer)) await library(peer)

const rows: Row[] = []
const queue = [...chosen]
const lane = async () => {
  for (let fault: Fault | undefined; (fault = queue.shift()); ) {
    console.error(`${fault.driver}: ${fault.name} …`)
    const ran = await run(fault, arms, times)
    for (const one of ran.arms) {
      rows.push({ fault, arm: one.arm, figures: figures(one, ran) })
      if (values.verbose) console.error(`  ${fault.name}, ${one.arm}:\n    ${one.done.says.slice(0, 8).join('\n    ')}`)
    }
  }
}
// One that breaks stops all, once the others have put their servers away.
const lanes = await Promise.allSettled(
  Array.from({ length: Number(values.lanes) }, () => lane().finally(() => void (queue.length = 0))),
)
for (const one of lanes) if (one.status === 'rejected') throw one.reason
rows.sort((a, b) => all.indexOf(a.fault) - all.indexOf(b.fault) || arms.indexOf(a.arm) - arms.indexOf(b.arm))

const stormy: Storm[] = []
if (storms) for (const arm of ['bare', 'selfheal'] as const) if (arms.includes(arm)) stormy.push(await storm(arm))

const notKept = broken(rows)
const text = [...(rows.length > 0 ? [faultTable(rows)] : []), ...(stormy.length > 0 ? [stormTable(stormy)] : [])].join('\n\n')
const promise = `Our promise (${settingsText.promise}): ${notKept.length === 0 ? 'kept' : `not kept:\n\n${notKept.map(says => `- ${says}`).join('\n')}`}`
if (values.json)
  console.log(
    JSON.stringify({
      v: 1,
      ok: notKept.length === 0,
      data: {
        machine,
        times,
        rows: rows.map(({ fault, ...row }) => ({ driver: fault.driver, fault: fault.name, ...row })),
        stormy,
      },
    }),
  )
else console.log(`\n${text}\n\n${promise}\n\n${machine}`)
if (values.write) {
  fillPage('docs/faults.md', 'dependencies', `${text}\n\n${promise}\n\n${machine}`)
  fillPage('docs/faults.md', 'what', whatTheyAre(chosen))
  fillPage('docs/faults.md', 'arms', settingsText.arms)
  writeFileSync(join(root, 'docs/pictures/faults.svg'), picture(rows, times))
}
process.exit(notKept.length === 0 ? 0 : 1)
