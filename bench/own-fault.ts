// `npm run proof:own-fault`: a rotated password, on a real PostgreSQL. The app's pool has the old one and its database is down in its own eyes;
// `.env` has the new one. Nothing restarts it for the outage; a fresh process says whose fault it is, and it is replaced once, in about a minute.
import assert from 'node:assert/strict'
import { readFileSync, symlinkSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { after, test } from 'node:test'
import pg from 'pg'
import { endAll, marketplace } from '../test/process/marketplace/launch.ts'
import { ask, freePort, until } from '../test/process/program/kit.ts'
import { place } from '../test/process/run/place.ts'

const root = dirname(import.meta.dirname)
const APP = `import http from 'node:http'
import pg from 'pg'
import { selfheal } from 'selfheal'
import { postgres } from 'selfheal/dependency'
const heal = selfheal()
const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 2 })
pool.on('error', () => {})
const db = heal.dependency(postgres(pool), { name: 'db' })
http.createServer(async (request, response) => {
  try {
    await db.query('select 1')
    response.end('up ' + process.pid)
  } catch (error) {
    response.writeHead(503).end('down ' + process.pid)
  }
}).listen(process.env.PORT)
`

test('a rotated password: replaced once, by its own fault', async t => {
  const shop = await marketplace()
  after(() => endAll(shop.data))
  const url = shop.appEnv['DATABASE_URL']!
  const p = place(t, { 'app.mjs': APP, '.env': `DATABASE_URL=${url}`, 'node_modules/.keep': '' })
  for (const name of ['selfheal', 'pg'])
    symlinkSync(name === 'pg' ? join(root, 'node_modules/pg') : root, join(p.folder, 'node_modules', name))
  const port = await freePort()
  const run = p.run('--port', String(port), '--', 'node', 'app.mjs')
  await p.ready()
  const first = (await ask(port)).body
  assert.match(first!, /^up/)

  const began = performance.now()
  const admin = new pg.Client({ connectionString: url })
  await admin.connect()
  await admin.query("alter role marketplace password 'rotated-7731'")
  await admin.query(
    'select pg_terminate_backend(pid) from pg_stat_activity where usename = current_user and pid <> pg_backend_pid()',
  )
  await admin.end()
  p.write('.env', `DATABASE_URL=${url.replace(readFileSync(join(shop.data, 'password'), 'utf8'), 'rotated-7731')}`)
  let answered = ''
  const end = performance.now() + 180_000
  for (; performance.now() < end && !/^up/.test(answered); await new Promise(resolve => setTimeout(resolve, 500)))
    answered = (await ask(port)).body ?? ''
  assert.match(answered, /^up/, run.text())
  assert.notEqual(answered, first)
  await until('the old life to be gone', async () => (await p.journal({ name: 'program.exited' })).length === 1)
  const now = (await p.facts())!
  assert.deepEqual([now.generation, now.restarts], [2, 0])
  assert.equal((await p.journal({ name: 'system.own_fault' })).length, 1)
  t.diagnostic(
    `down for ${Math.round((performance.now() - began) / 1000)} s: 10 s, three looks over 30 s, a jitter of up to 30 s, a boot`,
  )
  t.diagnostic(run.text())
})
