// An app that says selfheal() under `selfheal run`: its events are in the supervisor's journal with their causes, its parts on the
// control socket, and what its own tree can't heal replaces its process.
import assert from 'node:assert/strict'
import { mkdirSync, symlinkSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { controlClient } from 'selfheal/control'
import { needs } from '../part.ts'
import { ask, freePort, until } from './program/kit.ts'
import { place } from './run/place.ts'

const root = dirname(dirname(import.meta.dirname))
const WHO = { by: 'test', why: 'a test' }

/** A component that fails as often as it is told to, by GET /fail?times=N. */
const app = (port: number) => `import http from 'node:http'
import { selfheal } from 'selfheal'
const heal = selfheal()
let fail = () => {}
let left = 0
await heal.supervise('poller', async life => {
  await new Promise((resolve, reject) => {
    const fails = () => { left--; reject(new Error('the price service answered with HTML')) }
    if (left > 0) return void setTimeout(fails, 5)
    fail = n => { left = n; fails() }
    life.signal.addEventListener('abort', resolve, { once: true })
  })
})
http.createServer((request, response) => {
  const { pathname, searchParams } = new URL(request.url, 'http://x')
  if (pathname === '/fail') fail(Number(searchParams.get('times')))
  if (pathname === '/crash') try { heal.crash('the cache disagrees with itself') } catch {}
  response.end(String(process.pid))
}).listen(${port})
`

async function running(t: TestContext) {
  const port = await freePort()
  const p = place(t, { 'app.mjs': app(port) })
  mkdirSync(join(p.folder, 'node_modules'))
  symlinkSync(root, join(p.folder, 'node_modules/selfheal'))
  p.run('node', 'app.mjs')
  await p.ready()
  // Alive counts as ready; a busy machine may need longer until it listens.
  await until('it to listen', async () => (await ask(port, '/')).kind === 'ok')
  return { p, port, client: controlClient(join(p.folder, '.selfheal')) }
}

test(
  "a component's crash and return inside the app are in the supervisor's journal, under the app's path",
  needs('linux'),
  async t => {
    const { port, p } = await running(t)
    const { pid } = (await p.facts())!
    await ask(port, '/fail?times=1')
    await until(
      'the restart to be in the journal',
      async () => (await p.journal({ name: 'supervisor.child_restarting' })).length === 1,
    )
    const [restarting] = await p.journal({ name: 'supervisor.child_restarting' })
    assert.equal(restarting!.source, 'shop/shop/poller')
    const exited = await p.journal({ name: 'supervisor.child_exited' })
    const own = exited.find(({ source }) => source === 'shop/shop/poller')!
    assert.match(JSON.stringify(own.data), /answered with HTML/)
    assert.equal(restarting!.because, own.id, 'the restart names the crash as its cause')
    assert.equal((await p.facts())!.pid, pid, 'the process lives on')
  },
)

test("the app's parts are shown on the control socket, and its verbs run in the app", needs('linux'), async t => {
  const { client, p } = await running(t)
  const { parts } = await client.parts()
  const tree = parts.find(({ path }) => path === 'shop/shop/tree')
  assert.ok(tree, `among ${parts.map(({ path }) => path)}`)
  assert.match(JSON.stringify(tree.snapshot), /"strategy":"one_for_one".*"specs":1,"active":1/)
  const poller = async () => (await client.parts()).parts.find(({ path }) => path === 'shop/shop/poller')
  assert.match(JSON.stringify(await poller()), /"kind":"component".*"state":"running","generation":1/)
  await client.act('shop/shop/poller', 'restart', {}, WHO)
  await until('the second life', async () => /"generation":2/.test(JSON.stringify(await poller())))
  await client.act('shop/shop/tree', 'restart', { id: 'poller' }, WHO)
  await until('the third life', async () => /"generation":3/.test(JSON.stringify(await poller())))
  const refused = client.act('shop/shop/tree', 'restart', { id: 'nobody' }, WHO)
  await assert.rejects(refused, { code: 'SELFHEAL_CHILD_NOT_FOUND', mend: /whichChildren/ })
  const drawn = await p.cli(['tree'])
  assert.match(
    drawn.out,
    /^shop +running +pid \d+ .*\n└─ shop\.1 +ready .*one_for_one, 3 restarts in 5 s.*\n +└─ poller\.3 +running +service +up /m,
  )
  const { ok, data } = JSON.parse((await p.cli(['tree', '--json'])).out)
  assert.deepEqual([ok, data.tree[0].children[0].children[0].facts.state], [true, 'running'])
})

test('what the tree of the app cannot heal, the level above does: its process is replaced', needs('linux'), async t => {
  const { port, p } = await running(t)
  const { pid } = (await p.facts())!
  await ask(port, '/fail?times=10')
  await until('the next process', async () => {
    const now = await p.facts()
    return now?.state === 'ready' && now.pid !== pid
  })
  // The whole way up: the component's last crash, its supervisor, the tree, the process.
  const chain = ['program.uncaught', 'system.tree_ended', 'supervisor.exhausted', 'supervisor.child_exited'] as const
  let [entry] = await p.journal({ name: chain[0] })
  for (const name of chain.slice(1)) {
    const because = entry!.because
    entry = (await p.journal({ name })).find(({ id }) => id === because)
    assert.ok(entry, `${name} is not the cause that was named`)
  }
})

test(
  'heal.crash(why): the process is replaced, also when the error is caught, and the journal has the reason',
  needs('linux'),
  async t => {
    const { port, p } = await running(t)
    const { pid } = (await p.facts())!
    await ask(port, '/crash')
    await until('the next process', async () => {
      const now = await p.facts()
      return now?.state === 'ready' && now.pid !== pid
    })
    const [asked] = await p.journal({ name: 'system.crash_asked' })
    assert.deepEqual(asked!.data, { why: 'the cache disagrees with itself' })
  },
)

test(
  'guards of the one file change those of the code, and every policy is a part that can be acted on',
  needs('linux'),
  async t => {
    const port = await freePort()
    const p = place(t, {
      'app.mjs': `import http from 'node:http'
import { guard, selfheal } from 'selfheal'
selfheal()
const rates = guard({ name: 'rates', deadline: '9s', retry: false })
const answer = async response => {
  const left = await rates.run(call => call.remaining()).catch(error => error.code)
  response.end(String(left))
}
http.createServer((_, response) => answer(response)).listen(${port})
`,
      'selfheal.config.mjs':
        "export default { programs: { shop: { run: 'node app.mjs' } }, guards: { rates: { deadline: '2s' } } }\n",
    })
    mkdirSync(join(p.folder, 'node_modules'))
    symlinkSync(root, join(p.folder, 'node_modules/selfheal'))
    p.run()
    await until('the app to answer', async () => (await ask(port)).kind === 'ok')
    await p.ready()
    assert.ok(Number((await ask(port)).body) <= 2_000, 'by the file')
    const client = controlClient(join(p.folder, '.selfheal'))
    const { parts } = await client.parts()
    const breaker = parts.find(({ path, verbs }) => path.startsWith('shop/shop/policies/rates') && verbs.includes('isolate'))
    assert.ok(breaker, `among ${parts.map(({ path, verbs }) => `${path} (${verbs})`)}`)
    await client.act(breaker.path, 'isolate', { why: 'a test' }, WHO)
    assert.match((await ask(port)).body!, /^SELFHEAL_BREAKER/)

    p.write(
      'selfheal.config.mjs',
      "export default { programs: { shop: { run: 'node app.mjs' } }, guards: { rates: { deadline: 'soon' } } }\n",
    )
    const { status, err } = await p.cli(['run', '--config', 'selfheal.config.mjs', '--state', 'other'])
    assert.equal(status, 2)
    assert.match(err, /guards\.rates\.deadline/)
  },
)
