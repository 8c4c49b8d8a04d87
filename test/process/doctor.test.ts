// selfheal doctor: against an app that runs, with its real PostgreSQL, and over a code base.
import assert from 'node:assert/strict'
import { mkdirSync, symlinkSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { testPostgres } from '../postgres.ts'
import { until } from './dependency/kit.ts'
import { project } from './program/kit.ts'
import { place } from './run/place.ts'

const root = dirname(dirname(import.meta.dirname))

const app = (port: number) => `import { createServer } from 'node:http'
import pg from 'pg'
import { selfheal } from 'selfheal'
import { postgres } from 'selfheal/dependency'
const heal = selfheal()
const pool = new pg.Pool({ host: '127.0.0.1', port: ${port}, user: 'postgres', database: 'postgres', max: 30 })
const db = heal.dependency(postgres(pool), { name: 'db', deadline: '4s' })
await db.query('select 1')
const server = createServer((_, answer) => answer.end()).listen(0, '127.0.0.1')
server.keepAliveTimeout = 5_000
setInterval(() => {}, 1_000)
`

interface Said {
  readonly ok: boolean
  readonly data?: { readonly well: boolean; readonly findings: readonly { readonly rule: string; readonly where: string }[] }
}

test('of what runs: the levels really in force, the database’s own settings, and the rules they break', async t => {
  const server = await testPostgres()
  t.after(() => server.end())
  const p = place(t, { 'app.mjs': app(server.port) })
  mkdirSync(join(p.folder, 'node_modules'))
  for (const name of ['selfheal', 'pg'])
    symlinkSync(name === 'pg' ? join(root, 'node_modules/pg') : root, join(p.folder, 'node_modules', name))
  p.run('node', 'app.mjs')
  await p.ready()
  const { cli } = p
  let said: Said | undefined
  await until('the dependency is told', async () => {
    const { out } = await cli(['doctor', '--json', '--instances', '2'])
    if (out === '') return false
    said = JSON.parse(out) as Said
    return said.data?.findings.some(f => f.rule === 'connections') === true
  })
  const rules = said!.data!.findings.map(f => f.rule)
  assert.equal(said!.data!.well, false)
  // 30 × 3 processes into 40; a server that was never set up, whose ceilings are ours per connection.
  assert.ok(rules.includes('connections'))
  assert.ok(!rules.includes('server-side'), 'set once per connection by the dependency')
  const { status, out } = await cli(['doctor', '--instances', '2'])
  assert.equal(status, 1)
  assert.match(out, /db \(dependency\)[\s\S]*statement\s+5 s[\s\S]*lock\s+2 s/)
  assert.match(out, /pools of 30 × 3 processes/)
  // What stops it, and what listens in it: levels of running things, mended where they run.
  assert.match(out, /\(program\)[\s\S]*grace\s+8 s[\s\S]*drain\s+7 s/)
  const behind = ['doctor', '--behind', 'alb'] as const
  const server502 = (text: string) => /✗ \S+http:\d+: the server closes an idle connection after 5 s, alb after 1 min/.test(text)
  assert.ok(server502((await cli(behind)).out))
  const out4 = (await cli(behind)).out
  assert.match(out4, /✗ \S+db: statement \(5 s\) is not below attempt \(4 s\)/)
  const fixed = await cli([...behind, '--instances', '2', '--fix'])
  assert.match(fixed.out, /Mended: \S+http:\d+, until its process ends; for good: server\.keepAliveTimeout = 65000/)
  assert.ok(!server502(fixed.out), fixed.out)
  // The database's levels did not fit into its deadline of 4 s.
  const mended = /Mended: \S+db, until its process ends; for good: postgres\(pool, \{ statement: '3600ms' \}\)/
  assert.match(fixed.out, mended)
  assert.match(fixed.out, /db \(dependency\)[\s\S]*statement +3\.6 s/, 'the levels as they are now')
  // The pool's size is the app's: a line to paste, and not told as mended.
  assert.match(fixed.out, /For you to change[\s\S]*db \[connections\]\n\+ {3}new pg\.Pool\(\{ max: \d+ \}\)/)
  assert.doesNotMatch(fixed.out, /Mended: [^\n]*max/)
})

test('of a code base: what waits for ever, by file and line; nothing needs to run', async t => {
  const p = project(t, {
    'bad.ts': "import pg from 'pg'\nexport const pool = new pg.Pool({ max: 10 })\nawait fetch('https://a')\n",
    'good.ts': "await fetch('https://a', { signal: AbortSignal.timeout(1_000) })\n",
  })
  const bad = await p.cli('doctor', '--static', '--json')
  assert.equal(bad.status, 1)
  const { findings } = (JSON.parse(bad.out) as Said).data!
  assert.deepEqual(
    findings.map(f => f.where),
    ['bad.ts:2', 'bad.ts:3'],
  )
  p.write('bad.ts', '')
  const good = await p.cli('doctor', '--static')
  assert.equal(good.status, 0)
  assert.match(good.out, /In step/)
  assert.equal((await p.cli('doctor')).status, 4)
  assert.equal((await p.cli('doctor', '--static', '--behind', 'nobody')).status, 2)
})
