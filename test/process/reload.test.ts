// `selfheal reload` with real processes: nothing is lost, a bad one is refused and the old one serves on, and what is configured is read anew.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { needs } from '../part.ts'
import { ask, freePort, isAlive, until } from './program/kit.ts'
import { callers } from './run/callers.ts'
import { type Place, place } from './run/place.ts'

const app = (says = "process.env.GREETING ?? 'none'") => `import http from 'node:http'
http.createServer((_, response) => setTimeout(() => response.end(${says}), 5)).listen(Number(process.env.PORT))
`
const pidOf = async (p: Place, id?: string) => (await p.facts(id))!.pid!
const config = (programs: string) => `export default { programs: ${programs} }\n`

test(
  'callers that keep their connections meet no error over reloads, and each reload is another process',
  needs('linux'),
  async t => {
    const p = place(t, { 'app.mjs': app('String(process.pid)') })
    const port = await freePort()
    p.run('--port', String(port), '--', 'node', 'app.mjs')
    await p.ready()
    const calling = callers(t, port, 20)
    const pids = new Set([await pidOf(p)])
    for (let n = 0; n < 4; n++) {
      await p.whole('reload')
      const { body } = await ask(port)
      assert.equal(body, String(await pidOf(p)), 'whoever comes now is answered by the new one')
      pids.add(Number(body))
    }
    assert.equal(pids.size, 5)
    assert.deepEqual(Object.keys((await calling.stop()).answers), ['200'])
  },
)

test('a reload that fails is refused with the last words of the new one, and the old one serves on', needs('linux'), async t => {
  const p = place(t, { 'app.mjs': app('String(process.pid)') })
  const port = await freePort()
  p.run('--port', String(port), '--start-within', '2s', '--', 'node', 'app.mjs')
  await p.ready()
  const old = await pidOf(p)
  const calling = callers(t, port, 10)
  for (const [bad, says] of [
    ["console.error('no STRIPE_KEY'); process.exit(1)", /no STRIPE_KEY/],
    ['process.exit(0)', /ended with 0/],
    ["console.log('warming up'); setTimeout(() => {}, 60_000)", /did not listen on .* in time.*warming up/s],
    ['import nothing from "./nowhere.mjs"', /Cannot find module/],
  ] as const) {
    p.write('app.mjs', `${bad}\n`)
    await assert.rejects(p.whole('reload'), { code: 'SELFHEAL_RELOAD_REFUSED', message: says, mend: /serves on/ })
  }
  assert.equal(await pidOf(p), old)
  const { answers, bodies } = await calling.stop()
  assert.deepEqual([Object.keys(answers), [...bodies]], [['200'], [String(old)]])
  const { status, out } = await p.cli(['reload', '--json'])
  assert.deepEqual([status, JSON.parse(out).error.code], [1, 'SELFHEAL_RELOAD_REFUSED'])
  assert.equal((await p.journal({ name: 'supervisor.child_restarting' })).length, 0, 'a refused reload is no crash')
})

test('a reload reads .env and the configuration anew: settings, ports, programs', needs('linux'), async t => {
  const [first, second, third] = [await freePort(), await freePort(), await freePort()]
  const p = place(t, { 'app.mjs': app(), '.env': 'GREETING=one' })
  p.write(
    'selfheal.config.mjs',
    config(`{ web: { run: 'node app.mjs', ports: [${first}] }, old: { run: 'node app.mjs', ports: [${third}] } }`),
  )
  p.run()
  await p.ready(1, 'old')
  const oldPid = await pidOf(p, 'old')
  assert.equal((await ask(first)).body, 'one')
  p.write('.env', 'GREETING=two')
  p.write(
    'selfheal.config.mjs',
    config(
      `{ web: { run: 'node app.mjs', ports: [${second}] }, extra: { run: 'node app.mjs', ports: [${third}], env: { GREETING: 'extra' } } }`,
    ),
  )
  const refused = await p.cli(['reload'])
  assert.equal(refused.status, 3, 'the port of the one that is to go is still its own')
  assert.equal((await ask(first)).body, 'one')
  const fourth = await freePort()
  p.write(
    'selfheal.config.mjs',
    config(
      `{ web: { run: 'node app.mjs', ports: [${second}] }, extra: { run: 'node app.mjs', ports: [${fourth}], env: { GREETING: 'extra' } } }`,
    ),
  )
  const done = await p.cli(['reload'])
  assert.equal(done.status, 0, done.err)
  assert.equal((await ask(second)).body, 'two')
  assert.equal((await ask(fourth)).body, 'extra')
  await until('what is configured no more to be gone', () => !isAlive(oldPid))
  for (const gone of [first, third]) assert.equal((await ask(gone)).kind, 'refused')
  p.write('selfheal.config.mjs', config("{ web: { run: '' } }"))
  const broken = await p.cli(['reload'])
  assert.deepEqual([broken.status, /programs\.web\.run/.test(broken.err)], [2, true])
  assert.equal((await ask(second)).body, 'two')
})

test('one reload at a time; a stop meanwhile ends both lives', needs('linux'), async t => {
  const p = place(t, { 'app.mjs': app('String(process.pid)') })
  const port = await freePort()
  const run = p.run('--port', String(port), '--', 'node', 'app.mjs')
  await p.ready()
  const old = await pidOf(p)
  p.write('app.mjs', "console.log('boots ' + process.pid); setTimeout(() => {}, 60_000)\n")
  const first = p.cli(['reload'])
  await run.says(/boots \d+/)
  const { status, err } = await p.cli(['reload'])
  assert.deepEqual([status, /under way/.test(err)], [1, true])
  run.process.kill('SIGTERM')
  assert.equal(await run.ended, 0)
  assert.notEqual((await first).status, 0)
  const pids = [old, Number(/boots (\d+)/.exec(run.text())![1])]
  assert.deepEqual(pids.filter(isAlive), [])
})
