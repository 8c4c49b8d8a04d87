// `npm run proof:fleet:real [-- --log FILE --mutant no-fence|no-permit|no-timeout]` (root, Linux, iproute2): four hosts in network namespaces of
// their own, each a process with the real fleet over a real PostgreSQL. Faults one after another; an outside observer's log is checked. At most
// 3 minutes. Exit 1: something did not hold; 3: it can't be run here.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { testPostgres } from '../test/postgres.ts'
import { check, type Effect, mostAtOnce, overtaken, restarts } from './fleet-real/check.ts'
import { FAULTS, type Figures, inflict, steady, type World } from './fleet-real/faults.ts'
import { makeNetwork, type Network, Unable } from './fleet-real/network.ts'
import { observe } from './fleet-real/observer.ts'
import { now } from './fleet-real/told.ts'
import { machine, table } from './table.ts'

const { values } = parseArgs({ options: { log: { type: 'string' }, mutant: { type: 'string' } } })
const LONGEST_MS = 175_000
const began = now()
const say = (text: string) => console.log(`${((now() - began) / 1_000).toFixed(1).padStart(6)} s  ${text}`)
const seconds = (ms: number) => (ms / 1_000).toFixed(1)

const undo: (() => unknown)[] = []
let ending: Promise<void> | undefined
const cleanUp = () =>
  (ending ??= (async () => {
    for (const one of undo.reverse()) await Promise.resolve(one()).catch(error => console.error(String(error)))
  })())
const end = async (code: number) => {
  await cleanUp()
  process.exit(code)
}
for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
] as const)
  process.on(signal, () => void end(code))
process.on('uncaughtException', error => {
  console.error(error)
  void end(1)
})

let net: Network
try {
  net = makeNetwork(4)
} catch (error) {
  if (!(error instanceof Unable)) throw error
  console.error(error.message)
  process.exit(3)
}
undo.push(net.end)
const folder = mkdtempSync(join(tmpdir(), 'selfheal-fleet-real-'))
undo.push(() => rmSync(folder, { recursive: true, force: true }))
const hba = join(folder, 'hba.conf')
writeFileSync(hba, `host all all 127.0.0.1/32 trust\nhost all all ${net.range} trust\n`)
const starting = testPostgres({ listen_addresses: `127.0.0.1,${net.address}`, hba_file: hba })
undo.push(async () => (await starting.catch(() => undefined))?.end())
const server = await starting
const observer = observe(net, server.port, folder, resolve(values.log ?? join(folder, 'observer.jsonl')), values.mutant)
undo.push(() => observer.end())
const world: World = { net, server, observer, admin: () => server.observer() }

const admin = await server.observer()
await admin.query('CREATE TABLE proof_effect (id bigserial PRIMARY KEY, guarded boolean, host text, token bigint)')
await admin.end()
for (const host of net.hosts) observer.start(host)
await steady(world, began)
say(`four hosts at ${net.range}, PostgreSQL at ${net.address}:${server.port}; ${observer.holder()!.host.name} has the singleton`)

const rows: Figures[] = []
for (const fault of FAULTS) {
  if (now() - began > LONGEST_MS - 25_000) {
    rows.push({ fault: fault.name, held: [], broke: 'no time was left for it', silentMs: 0, wellMs: 0, forceMs: 0 })
    continue
  }
  const row = await inflict(world, fault)
  rows.push(row)
  say(`${fault.name}: ${row.broke ?? row.held.join(', ')}`)
  const steadyAgain = await steady(world, now()).catch(error => String(error))
  if (typeof steadyAgain === 'string') {
    say(`the hosts do not come back: ${steadyAgain}`)
    break
  }
}

const reader = await server.observer()
const { rows: found } = await reader.query('SELECT guarded, host, token::int FROM proof_effect ORDER BY id')
await reader.end()
const effects = found as Effect[]
const ended = now()
const violations = [...check(observer.log, effects)]
for (const { target } of observer.since(0, 'set'))
  for (const host of net.hosts)
    if (!observer.forces(host).includes(target)) violations.push(`${target} was set and is not in force on ${host.name}`)
const [guarded, unguarded] = [effects.filter(one => one.guarded), effects.filter(one => !one.guarded)]
// The check must be able to see it: the same late writes, without the fence, are in the other rows.
if (overtaken(unguarded) === 0) violations.push('no stale write was tried: the fence was not put to the proof')
const byPermit = restarts(observer.log, true)
const result = {
  ok: violations.length === 0 && rows.length === FAULTS.length && rows.every(row => row.broke === undefined),
  faults: rows.length,
  seconds: Math.round((ended - began) / 1_000),
  writes: guarded.length,
  tokens: new Set(guarded.map(one => one.token)).size,
  refused: observer.since(0, 'refused').length,
  staleGuarded: overtaken(guarded),
  staleUnguarded: overtaken(unguarded),
  restarts: byPermit.length,
  mostRestartsAtOnce: mostAtOnce(byPermit),
  restartsByChance: restarts(observer.log, false).length,
  forces: observer.since(0, 'set').length,
  refusedForces: observer.since(0, 'set').reduce((sum, one) => sum + one.refusals, 0),
  longestSilenceMs: Math.round(Math.max(...rows.map(row => row.silentMs))),
  longestForceMs: Math.round(Math.max(...rows.map(row => row.forceMs))),
  logged: observer.log.length,
  violations,
}
console.log(`\n${machine.split(',').slice(0, 3).join(',')}. Beat 0.5 s, lease 3 s, permit 8 s; one restart at a time allowed.\n`)
console.log(
  table(
    ['fault', 'singleton silent, s', 'well again after, s', 'forces everywhere after, s', 'held'],
    rows.map(row => [row.fault, seconds(row.silentMs), seconds(row.wellMs), seconds(row.forceMs), row.broke ?? 'yes']),
  ),
)
for (const one of violations) console.log(`NOT HELD: ${one}`)
console.log(`\n${JSON.stringify(result)}`)
await end(result.ok ? 0 : 1)
