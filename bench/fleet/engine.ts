// What the beats of so many machines cost a real PostgreSQL: one process plays them all over 8 connections, each beat the engine's own.
import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'
import pg from 'pg'
import { type Engine, postgres } from '../../src/fleet/index.ts'
import { testPostgres } from '../../test/postgres.ts'

const CONNECTIONS = 8
const FOR_MS = 5_000
const BEAT_MS = 2_000

export interface Beats {
  readonly machines: number
  readonly most: number
  readonly paced: number
  readonly p50: number
  readonly p99: number
  readonly serverCpu: number
  readonly ownCpu: number
}

export async function beatsOnPostgres(sizes: readonly number[]): Promise<readonly Beats[]> {
  const server = await testPostgres()
  const pools = Array.from({ length: CONNECTIONS }, () => new pg.Pool({ ...server.config, max: 1 }))
  const engines = pools.map(pool => postgres(pool))
  const rows: Beats[] = []
  try {
    for (const machines of sizes) rows.push(await measure(engines, machines))
  } finally {
    await Promise.all(pools.map(pool => pool.end()))
    await server.end()
  }
  return rows
}

async function measure(engines: readonly Engine[], machines: number): Promise<Beats> {
  const fleet = `bench-${machines}`
  let n = 0
  const beat = (engine: Engine) =>
    engine.beat(
      {
        fleet,
        node: `m${n++ % machines}`,
        info: { host: 'm' },
        sick: false,
        hints: [],
        ttlMs: 60_000,
        forgetMs: 60_000,
        known: {},
      },
      30_000,
    )
  while (n < machines) await Promise.all(engines.map(beat))

  // ── As many as it can
  let done = 0
  const until = performance.now() + FOR_MS
  await Promise.all(
    engines.map(async engine => {
      while (performance.now() < until) {
        await beat(engine)
        done++
      }
    }),
  )

  // ── At their own pace
  const took: number[] = []
  const every = BEAT_MS / machines
  const [cpu, own, from] = [serverCpuMs(), process.cpuUsage(), performance.now()]
  const asked: Promise<unknown>[] = []
  for (let due = from; due < from + FOR_MS; due += every) {
    const left = due - performance.now()
    if (left > 1) await wait(left)
    const sent = performance.now()
    asked.push(
      beat(engines[asked.length % engines.length]!).then(
        () => took.push(performance.now() - sent),
        () => undefined,
      ),
    )
  }
  await Promise.all(asked)
  const ms = performance.now() - from
  const { user, system } = process.cpuUsage(own)
  took.sort((a, b) => a - b)
  const at = (share: number) => took[Math.min(took.length - 1, Math.floor(took.length * share))]!
  return {
    machines,
    most: Math.round((done * 1_000) / FOR_MS),
    paced: Math.round((took.length * 1_000) / ms),
    p50: at(0.5),
    p99: at(0.99),
    serverCpu: ((serverCpuMs() - cpu) / ms) * 100,
    ownCpu: ((user + system) / 1_000 / ms) * 100,
  }
}

/** Of all processes below this one that are PostgreSQL's, in ms. */
function serverCpuMs(): number {
  const parents = new Map<number, { parent: number; name: string; ticks: number }>()
  for (const pid of readdirSync('/proc').filter(name => /^\d+$/.test(name))) {
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
      const rest = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
      const name = stat.slice(stat.indexOf('(') + 1, stat.lastIndexOf(')'))
      parents.set(Number(pid), { parent: Number(rest[1]), name, ticks: Number(rest[11]) + Number(rest[12]) })
    } catch {
      // It ended meanwhile.
    }
  }
  const mine = (pid: number): boolean => pid === process.pid || (parents.has(pid) && mine(parents.get(pid)!.parent))
  let ticks = 0
  for (const [pid, one] of parents) if (one.name === 'postgres' && mine(pid)) ticks += one.ticks
  return ticks * 10
}
