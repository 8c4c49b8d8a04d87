// The faults, and what each must not break. One after another: steady ─► hit ─► (what must hold meanwhile) ─► mend ─► all well again.
import { setTimeout as wait } from 'node:timers/promises'
import type { Client } from 'pg'
import type { TestPostgres } from '../../test/postgres.ts'
import type { Host, Network } from './network.ts'
import { NotHeld, type Observer } from './observer.ts'
import { now } from './told.ts'

export interface World {
  readonly net: Network
  readonly server: TestPostgres
  readonly observer: Observer
  /** A connection of the observer's own. */
  admin(): Promise<Client>
}

export interface Fault {
  readonly name: string
  /** What it does to the machine that has the singleton; `database`: to all. */
  readonly to: 'cut off' | 'stopped' | 'killed' | 'database'
  /** Stopped before its write, or inside the transaction of it. */
  readonly pause?: 'before' | 'inside'
  readonly lastsMs: number
  hit(world: World, holder: Host): unknown
  mend(world: World, holder: Host): unknown
}

export interface Figures {
  readonly fault: string
  readonly held: readonly string[]
  readonly broke?: string
  /** Between the last act of the old holder and the first of the next. */
  readonly silentMs: number
  /** From the mend until all hosts read the database, the singleton runs and a permit was given. */
  readonly wellMs: number
  /** From when a force was acknowledged, or a host came back, until it was in force there; the longest. */
  readonly forceMs: number
}

const LEASE_MS = 3_000
const MARGIN_MS = 1_000
/** Lease + 2 beats, and a second for a busy machine. */
export const MOVES_MS = LEASE_MS + 2 * 500 + 1_000
/** A host that is blind asks every 10 s at most, give or take a tenth; and a permit that nobody gave back runs out after 8 s. */
const WELL_MS = 15_000
/** Two beats, and a second for a busy machine. */
export const FORCE_MS = 2 * 550 + 1_000

const alter = async ({ admin }: World, statement: string) => {
  const client = await admin()
  try {
    await client.query(statement)
    await client.query('SELECT pg_reload_conf()')
  } finally {
    await client.end()
  }
}

export const FAULTS: readonly Fault[] = [
  {
    name: 'holder cut off (link down)',
    to: 'cut off',
    lastsMs: 6_000,
    hit: ({ net }, holder) => net.cut(holder),
    mend: ({ net }, holder) => net.join(holder),
  },
  {
    name: 'one way: no answer reaches the holder',
    to: 'cut off',
    lastsMs: 6_000,
    hit: ({ net }, holder) => net.cutAnswers(holder),
    mend: ({ net }, holder) => net.join(holder),
  },
  {
    name: 'one way: no question leaves the holder',
    to: 'cut off',
    lastsMs: 6_000,
    hit: ({ net }, holder) => net.cutQuestions(holder),
    mend: ({ net }, holder) => net.join(holder),
  },
  {
    name: 'holder stopped between its look and its write',
    to: 'stopped',
    pause: 'before',
    lastsMs: 5_000,
    hit: ({ observer }, holder) => observer.signal(holder, 'SIGSTOP'),
    mend: ({ observer }, holder) => observer.signal(holder, 'SIGCONT'),
  },
  {
    name: 'holder stopped inside its transaction',
    to: 'stopped',
    pause: 'inside',
    lastsMs: 5_000,
    hit: ({ observer }, holder) => observer.signal(holder, 'SIGSTOP'),
    mend: ({ observer }, holder) => observer.signal(holder, 'SIGCONT'),
  },
  {
    name: 'holder killed (kill -9)',
    to: 'killed',
    lastsMs: 4_000,
    hit: ({ observer }, holder) => observer.signal(holder, 'SIGKILL'),
    mend: ({ observer }, holder) => observer.start(holder),
  },
  {
    name: 'PostgreSQL killed and started again',
    to: 'database',
    lastsMs: 5_000,
    hit: ({ server }) => server.kill(),
    mend: ({ server }) => server.start(),
  },
  {
    name: 'PostgreSQL hangs (SIGSTOP)',
    to: 'database',
    lastsMs: 10_000,
    hit: ({ server }) => server.freeze(),
    mend: ({ server }) => server.thaw(),
  },
  {
    name: 'PostgreSQL is read-only',
    to: 'database',
    lastsMs: 6_000,
    async hit(world) {
      await alter(world, 'ALTER SYSTEM SET default_transaction_read_only = on')
      await wait(300) // until every connection has heard of it
    },
    mend: world => alter(world, 'ALTER SYSTEM RESET default_transaction_read_only'),
  },
]

export async function steady({ observer, net }: World, since: number): Promise<number> {
  const { until } = observer
  await until('all hosts read the database', WELL_MS, () => net.hosts.every(host => !observer.blind(host)))
  await until('the singleton runs', WELL_MS, () => observer.holder() !== undefined)
  await until('it writes', WELL_MS, () => observer.since(since, 'wrote').length > 0)
  await until('a permit is given', WELL_MS, () => observer.since(since, 'restarts').some(one => one.token > 0))
  return now() - since
}

export async function inflict(world: World, fault: Fault): Promise<Figures> {
  const { observer, net } = world
  const held: string[] = []
  const figures = { silentMs: 0, wellMs: 0, forceMs: 0 }
  const { host: holder, token } = observer.holder() ?? {}
  if (holder === undefined || token === undefined) throw new NotHeld('nobody has the singleton')
  const well = net.hosts.filter(host => host !== holder)
  let mended = false
  const mend = async () => {
    if (!mended) await fault.mend(world, holder)
    mended = true
  }
  observer.note(`${fault.name}: ${holder.name} has token ${token}`)
  try {
    if (fault.pause !== undefined) {
      const asked = now()
      observer.order(holder, { pause: fault.pause })
      await observer.until('the holder stands still', 5_000, () => observer.since(asked, 'still').length > 0)
    }
    const hitAt = now()
    await fault.hit(world, holder)
    const downAt = now()
    const target = `proof/${fault.name.replaceAll(/\W+/g, '-')}`
    observer.order(well[0]!, { force: target })
    if (fault.to === 'cut off') observer.order(holder, { force: `${target}-cut-off` })
    const acked = (name: string) => observer.since(hitAt, 'set').find(one => one.target === name)

    if (fault.to === 'database') {
      await wait(fault.lastsMs)
      const late = observer.since(downAt + LEASE_MS - MARGIN_MS, 'acts')
      if (late.length > 0)
        throw new NotHeld(`${late[0]!.host} acted ${Math.round(late[0]!.at - downAt)} ms after the database was gone`)
      if (acked(target) !== undefined) throw new NotHeld('a force was acknowledged by a database that was away')
      held.push('holder stopped by itself in time', 'no force acknowledged in vain')
    } else {
      const next = () => observer.since(hitAt, 'wrote').find(one => one.host !== holder.name && one.token > token)
      await observer.until('the singleton moves', MOVES_MS, () => next() !== undefined)
      held.push('moved in time')
      await wait(Math.max(0, hitAt + fault.lastsMs - now()))
      if (fault.to === 'cut off') {
        if (acked(`${target}-cut-off`) !== undefined) throw new NotHeld('who was cut off was told that its force is set')
        held.push('no force acknowledged in vain')
      }
    }
    const mendAt = now()
    await mend()
    const upAt = fault.to === 'database' ? now() : mendAt
    if (fault.pause !== undefined) {
      const kind = fault.pause === 'before' ? 'refused' : 'failed'
      await observer.until('the late write is refused', 5_000, () =>
        observer.since(mendAt, kind, holder).some(one => one.token === token),
      )
      held.push(fault.pause === 'before' ? 'late write refused by the fence' : 'its transaction was ended, others wrote')
    }
    figures.wellMs = await steady(world, upAt)
    held.push('all well again')
    // Acknowledged by now or soon; and everywhere two beats after a host reads the database again.
    const targets = fault.to === 'cut off' ? [target, `${target}-cut-off`] : [target]
    await observer.until('the forces are acknowledged', WELL_MS, () => targets.every(name => acked(name) !== undefined))
    await observer.until('the forces hold everywhere', FORCE_MS, () =>
      net.hosts.every(host => targets.every(name => observer.forces(host).includes(name))),
    )
    figures.forceMs = Math.max(
      ...targets.flatMap(name =>
        net.hosts.map(host =>
          delay(observer, host, name, Math.max(acked(name)!.at, fault.to === 'stopped' && host === holder ? mendAt : 0)),
        ),
      ),
    )
    if (figures.forceMs > FORCE_MS) throw new NotHeld(`a force took ${Math.round(figures.forceMs)} ms to be everywhere`)
    held.push('forces everywhere')
    figures.silentMs = silence(observer, hitAt, token)
    return { fault: fault.name, held, ...figures }
  } catch (error) {
    if (!(error instanceof NotHeld)) throw error
    await mend()
    return { fault: fault.name, held, broke: error.message, ...figures }
  }
}

/** From when the force was acknowledged, and the host ran and read the database, until it was in force there. */
function delay(observer: Observer, host: Host, target: string, from: number): number {
  const there = observer.log.find(e => e.kind === 'forces' && e.host === host.name && e.all.includes(target))!
  const sees = [...observer.since(0, 'fleet.sighted', host), ...observer.since(0, 'fleet.joined', host)].filter(
    e => e.at <= there.at,
  )
  return Math.max(0, there.at - Math.max(from, ...sees.map(e => e.at)))
}

function silence(observer: Observer, hitAt: number, token: number): number {
  const next = observer.since(hitAt, 'acts').find(one => one.token > token)
  const last = observer.log.findLast(e => e.kind === 'acts' && e.token === token)
  return next === undefined || last === undefined ? 0 : next.at - last.at
}
