// One host of the proof, a process in its own network namespace: the real fleet over PostgreSQL. It works under a singleton's lease, restarts
// by permit, and tells the observer through a pipe (which no partition cuts) what it does and when, on the clock all processes here share.
import { setTimeout as wait } from 'node:timers/promises'
import pg from 'pg'
import { defaultEvents } from '../../src/core/index.ts'
import { fleet, postgres } from '../../src/fleet/index.ts'
import { startRoot, supervisor } from '../../src/supervisor/index.ts'
import { FLEET, NAME, now, type Order, type Told } from './told.ts'

const [name, host, port, file, mutant] = process.argv.slice(2) as [string, string, string, string, string]
const tell = (told: Told) => void process.send?.({ ...told, at: now() })

process.on('SIGINT', () => {}) // the terminal's Ctrl-C is for the observer: it ends this process
process.on('disconnect', () => process.exit(0))

const config = { host, port: Number(port), user: 'postgres', database: 'postgres', connectionTimeoutMillis: 500 }
const poolOf = (more: pg.PoolConfig) => {
  const pool = new pg.Pool({ ...config, ...more })
  pool.on('error', () => {})
  pool.on('connect', client => client.on('error', () => {}))
  return pool
}
const engine = postgres(poolOf({ max: 2 }))
// Who is cut off inside its transaction holds the fence's row: the server must end that, or nobody else writes until TCP gives up.
const work = poolOf({
  max: 2,
  query_timeout: 2_000,
  options: `-c idle_in_transaction_session_timeout=${mutant === 'no-timeout' ? 0 : 1_000}`,
})
const machines = fleet({
  engine,
  name: FLEET,
  node: `${name}-${process.pid}`,
  file,
  beat: 500,
  lost: 3_000,
  forget: 6_000,
  lease: 3_000,
  permit: 8_000,
})
let pause: 'before' | 'inside' | undefined

/** Stands still as a paused machine does: no timer, no promise. The observer stops the process meanwhile. */
function standStill(token: number) {
  pause = undefined
  tell({ kind: 'still', token })
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1_500)
}

async function write(token: number) {
  const client = await work.connect()
  let broken: unknown
  try {
    if (pause === 'before') standStill(token)
    const insert = (guarded: boolean) =>
      client.query('INSERT INTO proof_effect (guarded, host, token) VALUES ($1, $2, $3)', [guarded, name, token])
    await insert(false)
    await client.query('BEGIN')
    if (mutant !== 'no-fence') await engine.fence(client as unknown as pg.Client, FLEET, NAME, token)
    if (pause === 'inside') standStill(token)
    await insert(true)
    await client.query('COMMIT')
    tell({ kind: 'wrote', token })
  } catch (error) {
    broken = error
    const { code, message } = error as { code?: string; message: string }
    tell(code === 'SELFHEAL_FLEET_FENCED' ? { kind: 'refused', token } : { kind: 'failed', token, why: message })
  } finally {
    client.release(broken === undefined ? undefined : true)
  }
}

const report = machines.only(NAME, async life => {
  const over = new Promise(resolve => life.signal.addEventListener('abort', resolve, { once: true }))
  while (!life.signal.aborted) {
    if (life.remaining() > 0) {
      tell({ kind: 'acts', token: life.token })
      // What is on its way when the lease ends may still arrive: the fence is for that.
      await Promise.race([write(life.token).catch(() => {}), over])
    }
    await wait(50)
  }
})

async function restarts(): Promise<never> {
  for (;;) {
    await wait(100 + 400 * Math.random())
    const restart = async ({ token }: { readonly token: number }) => {
      tell({ kind: 'restarts', token })
      await wait(300)
      tell({ kind: 'restarted', token })
    }
    await (mutant === 'no-permit' ? restart({ token: 1 }) : machines.permit('proof', restart)).catch(() => {})
  }
}

async function force(target: string) {
  for (let refusals = 0; ; refusals++) {
    try {
      await machines.forces.set(target, 'proof', {}, { by: name, why: 'the proof' })
      return tell({ kind: 'set', target, refusals })
    } catch {
      await wait(200)
    }
  }
}

let known = ''
const look = () => {
  const all = Object.keys(machines.forces.all()).sort()
  if (known !== (known = all.join())) tell({ kind: 'forces', all })
}
process.on('message', (order: Order) => {
  if ('force' in order) void force(order.force)
  else if ('pause' in order) pause = order.pause
  else void machines.leave().then(() => process.exit(0))
})
for (const kind of [
  'fleet.blind',
  'fleet.sighted',
  'fleet.joined',
  'fleet.overstayed',
  'fleet.permit_by_chance',
  'fleet.listener_failed',
] as const)
  defaultEvents.on(kind, event => tell({ kind, why: JSON.stringify(event.data) }))
look()
setInterval(look, 50)
machines.start()
void restarts()
await startRoot(supervisor({ children: [{ id: NAME, component: report }] }))
