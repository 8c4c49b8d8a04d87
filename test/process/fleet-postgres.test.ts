// A fleet's engine on a real PostgreSQL, directly and through a real PgBouncer in transaction mode; and when the server hangs.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import pg from 'pg'
import { fleet, postgres } from '../../src/fleet/index.ts'
import { engineSuite } from '../conformance/fleet-engine.ts'
import { needs } from '../part.ts'
import { testPgBouncer } from '../pgbouncer.ts'
import { type TestPostgres, testPostgres } from '../postgres.ts'

let server: TestPostgres
let bouncer: Awaited<ReturnType<typeof testPgBouncer>> | undefined
const pools: pg.Pool[] = []
const poolAt = (port: number) => {
  const pool = new pg.Pool({ host: '127.0.0.1', port, user: 'postgres', database: 'postgres', max: 2 })
  pool.on('error', () => {})
  pools.push(pool)
  return pool
}
const through = needs('pgbouncer')

before(async () => {
  server = await testPostgres()
  if (through.skip === undefined) bouncer = await testPgBouncer(server.port)
})
after(async () => {
  await Promise.all(pools.map(pool => pool.end().catch(() => {})))
  await bouncer?.end()
  await server.end()
})

const made = (port: number) => {
  const [engine, second] = [postgres(poolAt(port)), postgres(poolAt(port))]
  return { engine, second, wait: (ms: number) => wait(ms).then(() => {}) }
}
// Two engines for all of it: each suite has a fleet of its own.
let direct: ReturnType<typeof made> | undefined
let pooled: ReturnType<typeof made> | undefined
engineSuite('postgres', () => (direct ??= made(server.port)))
engineSuite('postgres through PgBouncer in transaction mode', () => (pooled ??= made(bouncer!.port)), through)

test('a lower token is kept out once a higher one has written', async () => {
  const { engine } = (direct ??= made(server.port))
  await engine.nodes('any', 20_000)
  const client = await server.observer()
  await engine.fence(client, 'shop', 'report', 4)
  await engine.fence(client, 'shop', 'report', 4)
  await engine.fence(client, 'shop', 'report', 5)
  await assert.rejects(engine.fence(client, 'shop', 'report', 4), { code: 'SELFHEAL_FLEET_FENCED' })
  await client.end()
})

test('a server that hangs holds two of the app’s connections at most, none where connects have a time, and is found again', async () => {
  const roomy = { ...server.config, max: 10 }
  const pools = [new pg.Pool(roomy), new pg.Pool({ ...roomy, connectionTimeoutMillis: 400 })] as const
  for (const pool of pools) pool.on('error', () => {})
  const all = pools.map((pool, i) => fleet({ engine: postgres(pool), name: `hangs-${i}`, beat: 150, timeout: 400 }))
  for (const one of all) one.start()
  const until = async (what: string, is: () => boolean) => {
    const end = performance.now() + 60_000
    while (!is()) {
      assert.ok(performance.now() < end, `not within a minute: ${what}`)
      await wait(20)
    }
  }
  await until('joined', () => all.every(one => !one.blind()))
  server.freeze()
  try {
    await until('blind', () => all.every(one => one.blind()))
    for (let i = 0; i < 40; i++) {
      assert.ok(pools[0].totalCount + pools[0].waitingCount <= 2)
      await wait(20)
    }
    await until('its connections are let go', () => pools[1].totalCount === 0)
  } finally {
    server.thaw()
  }
  await until('seen again', () => all.every(one => !one.blind()))
  await Promise.all(all.map(one => one.leave()))
  await Promise.all(pools.map(pool => pool.end()))
})
