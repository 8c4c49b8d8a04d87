// `npm run break -- <fault>`: breaks the running marketplace on purpose, as a customer watches, and says in plain words what came of it.
// Exit: 0 it is back · 1 it is not back within a minute · 2 usage · 4 nothing runs here.
import { setTimeout as wait } from 'node:timers/promises'
import { breakFor } from './breaking/break-for.ts'
import { FAULTS, usage } from './breaking/faults.ts'
import { LASTING } from './breaking/lasting.ts'
import { story } from './breaking/story.ts'
import { called, program, programs } from './breaking/supervised.ts'
import { type Asked, ask, watch } from './breaking/watch.ts'

const PATIENCE_MS = 60_000
const WARM_UP_MS = 500
const START_MS = 5_000
const LOOPING =
  'It broke so often within a minute that it counts as crash-looping: a standby answers 503 on its port, and it is tried again every minute.'

const [name = '', ...rest] = process.argv.slice(2)
const lasting = Object.hasOwn(LASTING, name) && rest.length === 0 ? LASTING[name]! : undefined
if (lasting !== undefined) process.exit(await breakFor(lasting))
const fault = Object.hasOwn(FAULTS, name) && rest.length === 0 ? FAULTS[name]! : undefined
if (fault === undefined) {
  console.error(usage())
  process.exit(2)
}
if ((await programs()) === undefined) {
  console.error('Nothing runs here. Start it first, in another terminal: npm start')
  process.exit(4)
}
const both = async () => [await program('app'), await program(fault.program)] as const
let [app, victim] = await both()
// Just started, or just broken by hand: it is up in a moment.
const patience = performance.now() + START_MS
while (
  [app, victim].some(one => one === undefined || (one.pid === 0 && one.state !== 'crash-looping')) &&
  performance.now() < patience
) {
  await wait(100)
  ;[app, victim] = await both()
}
const absent = [app, victim].find(one => one === undefined || one.pid === 0)
if (app === undefined || victim === undefined || app.pid === 0 || victim.pid === 0) {
  const why = absent?.state === 'crash-looping' ? ` ${LOOPING}` : ''
  console.error(`The ${absent?.name ?? 'marketplace'} is not up just now.${why} Look at it with: npx selfheal status`)
  process.exit(4)
}

const origin = `http://localhost:${/(\d+)$/.exec(app.ports[0] ?? '')?.[1] ?? 3000}`
const url = origin + (fault.program === 'app' ? '/health' : '/api/listings')
const watching = watch(url)
await wait(WARM_UP_MS)

const brokenAt = performance.now()
if ('signal' in fault.by) process.kill(victim.pid, fault.by.signal)
else void ask(origin + fault.by.route, 'POST', PATIENCE_MS)

let successorAt: number | undefined
let back: Asked | undefined
let looping = false
while (back === undefined && !looping && performance.now() < brokenAt + PATIENCE_MS) {
  await wait(20)
  if (fault.program === 'app')
    back = watching.asked.find(one => one.outcome === 'ok' && one.pid !== victim.pid && one.pid !== undefined)
  if (back !== undefined) break
  const now = await program(fault.program)
  looping = now?.state === 'crash-looping'
  if (fault.program === 'database' && now?.pid && now.pid !== victim.pid) {
    successorAt ??= performance.now()
    back = watching.asked.find(one => one.outcome === 'ok' && one.endedAt > successorAt!)
  }
}
const asked = await watching.stop()
const lastOfVictim = Math.max(
  brokenAt,
  ...asked.filter(one => one.outcome === 'ok' && one.pid === victim.pid).map(one => one.endedAt),
)
const successor = await program(fault.program)
console.log(
  story({
    who: called(victim),
    says: fault.says,
    brokenAt: fault.slow ? lastOfVictim : brokenAt,
    backAt: back?.endedAt,
    successor: back === undefined || !successor?.pid || successor.pid === victim.pid ? undefined : called(successor),
    asked,
  }),
)
if (looping) console.log(LOOPING)
process.exit(back === undefined ? 1 : 0)
