// `npm run bench:features`: writes that arrive through an outage of a real PostgreSQL and are deferred; a change of mode told to 2,000
// pages; what the read-only look costs a request. Prints its figures and fails when an acknowledged write is lost or applied twice.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import pg from 'pg'
import { settableNeed } from '../src/core/index.ts'
import { dependency, postgres } from '../src/dependency/index.ts'
import { modes, spool } from '../src/feature/index.ts'
import { readOnly } from '../src/inbound/index.ts'
import { testPostgres } from '../test/postgres.ts'
import { machine, table } from './table.ts'

const PER_SECOND = 1_000
const BEFORE_MS = 3_000
const OUTAGE_MS = 10_000
const AFTER_MS = 3_000
const PAGES = 2_000
const FULL = { usable: 'full', state: 'up', causes: [], since: 0 } as const
const NONE = { usable: 'none', state: 'down', causes: [], since: 0 } as const

const rows: (readonly [string, string])[] = []
const wrong: string[] = []
await deferring()
await telling()
looking()
console.log(`${table(['what', 'figure'], rows)}\n\n${machine}`)
for (const one of wrong) console.error(one)
process.exit(wrong.length === 0 ? 0 : 1)

async function deferring() {
  const folder = mkdtempSync(join(tmpdir(), 'selfheal-bench-spool-'))
  const server = await testPostgres()
  const pool = new pg.Pool({ ...server.config, max: 10 })
  pool.on('error', () => {})
  const db = dependency(postgres(pool))
  await pool.query('create table writes (key text primary key); create table effects (key text)')
  // An effect that has no key of its own: a write that came twice would be seen.
  const write = (key: string) =>
    db.query(
      'with one as (insert into writes values ($1) on conflict do nothing returning key) insert into effects select key from one',
      [key],
    )
  const all = modes()
  const note = all.feature('note', { needs: [db.heal.writable] })
  const later = spool({
    file: join(folder, 'spool.db'),
    when: note,
    most: 50_000,
    perSecond: 2_000,
    atOnce: 8,
    kinds: { note: { apply: (key: string) => write(key) } },
  })

  const taken: string[] = []
  const tookMs: number[] = []
  let deferred = 0
  let refused = 0
  const arrive = async (key: string) => {
    const began = performance.now()
    try {
      if (note.mode() === 'on') await write(key).catch(() => defer(key))
      else await defer(key)
      taken.push(key)
      tookMs.push(performance.now() - began)
    } catch {
      refused++
    }
  }
  const defer = async (key: string) => {
    await later.defer('note', key, { key })
    deferred++
  }

  const under: Promise<void>[] = []
  const startedAt = performance.now()
  let goneAt: number | undefined
  let backAt: number | undefined
  for (let n = 0; ; ) {
    const at = performance.now() - startedAt
    if (at > BEFORE_MS + OUTAGE_MS + AFTER_MS) break
    if (goneAt === undefined && at > BEFORE_MS) {
      goneAt = performance.now()
      void server.kill()
    }
    if (backAt === undefined && at > BEFORE_MS + OUTAGE_MS) {
      backAt = performance.now()
      void server.start()
    }
    for (const due = (at / 1_000) * PER_SECOND; n < due; n++) under.push(arrive(`k${n}`))
    await wait(5)
  }
  await Promise.all(under)
  while (later.counts().pending > 0) await wait(20)
  const drainedMs = performance.now() - backAt!

  const { rows: effects } = await pool.query<{ key: string; n: number }>(
    'select key, count(*)::int as n from effects group by key',
  )
  const done = new Map(effects.map(one => [one.key, one.n]))
  const lost = taken.filter(key => !done.has(key)).length
  const twice = effects.filter(one => one.n > 1).length
  if (lost > 0) wrong.push(`${lost} acknowledged writes are lost`)
  if (twice > 0) wrong.push(`${twice} writes were applied twice`)
  const { accepted, applied, dead, pending } = later.counts()
  if (accepted !== applied + dead + pending) wrong.push('the counts do not add up')
  tookMs.sort((a, b) => a - b)
  rows.push(
    ['writes that arrived, at 1,000 a second', String(under.length)],
    [`of them deferred, in an outage of ${OUTAGE_MS / 1_000} s`, String(deferred)],
    ['refused', String(refused)],
    ['acknowledged and lost', String(lost)],
    ['applied twice', String(twice)],
    ['dead letters', String(dead)],
    [
      'acknowledged after: median, 99 %',
      `${tookMs[tookMs.length >> 1]!.toFixed(1)} ms, ${tookMs[Math.floor(tookMs.length * 0.99)]!.toFixed(0)} ms`,
    ],
    ['all applied, after the server’s start', `${(drainedMs / 1_000).toFixed(1)} s`],
  )
  await later[Symbol.asyncDispose]()
  all.close()
  db.heal[Symbol.dispose]()
  await pool.end()
  await server.end()
  rmSync(folder, { recursive: true, force: true })
}

async function telling() {
  const database = settableNeed('database', FULL)
  const all = modes()
  all.feature('buy', { needs: [database] })
  const server = createServer((request, response) => void all.handler(request, response)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const pages = spawn(process.execPath, [join(import.meta.dirname, 'features/pages.mjs'), String(port), String(PAGES)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const lines = pages.stdout[Symbol.asyncIterator]() as AsyncIterator<Buffer>
  await lines.next()
  const waits: number[] = []
  for (let i = 0; i < 5; i++) {
    const began = performance.timeOrigin + performance.now()
    database.set(NONE)
    const { value } = await lines.next()
    waits.push(Number(String(value).trim()) - began)
    database.set(FULL)
    await lines.next()
  }
  waits.sort((a, b) => a - b)
  rows.push([
    `a mode’s change told to all of ${PAGES} pages: median, worst of 5`,
    `${waits[2]!.toFixed(0)} ms, ${waits[4]!.toFixed(0)} ms`,
  ])
  pages.kill()
  all.close()
  server.close()
}

function looking() {
  const database = settableNeed('database', FULL)
  const all = modes()
  const buy = all.feature('buy', { needs: [database] })
  const sell = all.feature('sell', { needs: [database], otherwise: 'readonly' })
  const { refuse } = readOnly({
    need: all.app,
    routes: { 'POST /api/listings': sell, 'POST /api/listings/:id/buy': buy, 'POST /api/orders/*': sell },
  })
  const time = (method: string, url: string) => {
    const one = (n: number) => {
      const began = process.hrtime.bigint()
      for (let i = 0; i < n; i++) refuse(method, url)
      return Number(process.hrtime.bigint() - began) / n
    }
    one(50_000)
    return Math.min(...Array.from({ length: 7 }, () => one(50_000)))
  }
  rows.push(
    ['the look before a GET', `${time('GET', '/api/listings?q=bike').toFixed(0)} ns`],
    ['before a POST of a feature', `${time('POST', '/api/listings/7/buy').toFixed(0)} ns`],
  )
  database.set(NONE)
  rows.push(['a refusal, with its problem', `${(time('POST', '/api/listings/7/buy') / 1_000).toFixed(1)} µs`])
  all.close()
}
