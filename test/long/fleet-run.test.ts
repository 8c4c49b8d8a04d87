// Two machines' `selfheal run --fleet` over one real PostgreSQL: a mode set on one holds on both, a bad build is taken by one at most, and the
// commands tell how it stands.
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { controlClient } from 'selfheal/control'
import { needs } from '../part.ts'
import { testPostgres } from '../postgres.ts'
import { freePort, until } from '../process/program/kit.ts'
import { place } from '../process/run/place.ts'

const app = `import http from 'node:http'
http.createServer((_, response) => response.end('ok')).listen(Number(process.env.PORT))
`

test('two machines on one PostgreSQL', needs('linux'), async t => {
  const server = await testPostgres()
  t.after(() => server.end())
  const address = `postgres://postgres@127.0.0.1:${server.port}/postgres`
  const all = await Promise.all(
    [1, 2].map(async () => {
      const p = place(t, {
        'package.json': '{ "name": "shop", "type": "module" }\n',
        'app.mjs': app,
        '.git/HEAD': 'ref: refs/heads/main\n',
        '.git/refs/heads/main': `${'a'.repeat(40)}\n`,
      })
      const run = p.run('--fleet', address, '--fleet-beat', '200ms', '--port', String(await freePort()), '--', 'node', 'app.mjs')
      return { p, run }
    }),
  )
  const [one, two] = all as [(typeof all)[0], (typeof all)[0]]
  await Promise.all(all.map(({ p }) => p.ready()))
  interface Status {
    readonly nodes: { readonly alive: number } | null
    readonly state: string
    readonly bad: readonly { readonly build: string }[]
    readonly forces: readonly { readonly target: string }[]
  }
  const status = async (p: typeof one.p) => {
    const { parts } = await controlClient(join(p.folder, '.selfheal')).parts()
    return parts.find(part => part.kind === 'fleet')!.snapshot as unknown as Status
  }
  await until('both machines', async () => (await status(one.p)).nodes?.alive === 2)

  // A mode
  await one.p.cli(['mode', 'readonly', '--why', 'stock-taking'])
  await until('the mode on the other', async () => (await status(two.p)).forces.some(force => force.target === 'features/app'))
  await until('the mode on the other, done', async () => (await two.p.journal({ name: 'feature.overridden' })).length > 0)
  await two.p.cli(['mode', 'on'])
  await until('the end of the mode', async () => (await status(one.p)).forces.length === 0)

  // A good build, under a permit
  assert.deepEqual(Object.keys((await one.p.whole('reload')) as object), ['replaced', 'tookMs'])

  // A bad build: the first machine that takes it refuses it, the other does not even try.
  for (const { p } of all) {
    p.write('app.mjs', 'process.exit(1)\n')
    p.write('.git/refs/heads/main', `${'b'.repeat(40)}\n`)
  }
  await assert.rejects(one.p.whole('reload'), { code: 'SELFHEAL_RELOAD_REFUSED' })
  await until('the bad build', async () => (await status(two.p)).bad.some(bad => bad.build === 'b'.repeat(12)))
  await assert.rejects(two.p.whole('reload'), { code: 'SELFHEAL_BUILD_BAD' })
  assert.equal((await two.p.facts())?.generation, 1)
  await two.p.cli(['fleet', 'forgive', 'b'.repeat(12)])
  await until('the forgiven build', async () => (await status(one.p)).bad.length === 0)
  assert.match((await one.p.cli(['fleet', 'permits'])).out, /0 of 1 restart of their own will/)
  assert.match((await one.p.cli(['fleet', 'status'])).out, /shop on postgres, well: 2 alive/)
})
