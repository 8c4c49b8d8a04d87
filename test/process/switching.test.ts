// start, stop, restart, logs and completion as a person types them, on the programs of a configuration; and the standby of one's own.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { needs } from '../part.ts'
import { ask, freePort, until } from './program/kit.ts'
import { callers } from './run/callers.ts'
import { place } from './run/place.ts'

const APP = `import http from 'node:http'
console.log('boots')
http.createServer((_, response) => response.end(process.env.NAME + ' ' + process.pid)).listen(Number(process.env.PORT))
`
const two = (web: number, api: number, more = '') =>
  `export default { programs: {
  web: { run: 'node app.mjs', ports: [${web}], env: { NAME: 'web' }, needs: ['api'] ${more} },
  api: { run: 'node app.mjs', ports: [${api}], env: { NAME: 'api' } },
} }\n`

test(
  'one program is stopped and started while the other serves; meanwhile its port is answered with 503',
  needs('linux'),
  async t => {
    const [web, api] = [await freePort(), await freePort()]
    const p = place(t, { 'app.mjs': APP, 'selfheal.config.mjs': two(web, api) })
    p.run()
    await p.ready(1, 'web')
    const calling = callers(t, api, 2)
    const stopped = await p.cli(['stop', 'web'])
    assert.deepEqual([stopped.status, stopped.out.split('.')[0]], [0, 'Stopped: web'])
    assert.equal((await p.facts('web'))!.state, 'stopped')
    assert.equal((await ask(web)).status, 503)
    const started = await p.cli(['start', '--json'])
    assert.deepEqual(JSON.parse(started.out), { v: 1, ok: true, data: { started: ['web'], ran: ['api'] } })
    for (let n = 0; n < 10; n++) assert.match((await ask(web)).body!, /^web /)
    const before = (await p.facts('web'))!.pid
    assert.match((await p.cli(['restart', 'web'])).out, /^Restarted web \(pid \d+\)\.$/m)
    assert.notEqual((await p.facts('web'))!.pid, before)
    const logs = await p.cli(['logs', 'web', '-n', '2'])
    assert.match(logs.out, /^web\.\d+ \| boots\nweb\.\d+ \| boots\n$/)
    const unknown = await p.cli(['restart', 'wbe'])
    assert.deepEqual([unknown.status, /There are: api, web/.test(unknown.err)], [2, true])
    const words = await p.cli(['completion', '--words', '--', 'stop', ''])
    assert.deepEqual(words.out.trim().split('\n').sort(), ['api', 'web'])
    assert.match((await p.cli(['completion', '--words', '--', 'rel'])).out, /^reload$/m)
    assert.deepEqual(Object.keys((await calling.stop()).answers), ['200'])
  },
)

test('the standby may be a folder of pages', needs('linux'), async t => {
  const [web, api] = [await freePort(), await freePort()]
  const p = place(t, {
    'app.mjs': APP,
    'pages/index.html': '<h1>We are moving house</h1>',
    'pages/style.css': 'h1 { color: teal }',
    'selfheal.config.mjs': two(web, api, ", standby: 'pages'"),
  })
  p.write('secret', 'not a page')
  p.run()
  await p.ready(1, 'web')
  await p.whole('stop', 'web')
  await until('the standby', async () => (await ask(web)).kind === 'ok')
  const page = await ask(web, '/any/page', { accept: 'text/html' })
  assert.deepEqual([page.status, page.body], [503, '<h1>We are moving house</h1>'])
  assert.ok(Number(page.headers!['retry-after']) > 0)
  const style = await ask(web, '/style.css')
  assert.deepEqual([style.status, style.headers!['content-type']], [200, 'text/css; charset=utf-8'])
  assert.equal((await ask(web, '/..%2fsecret')).status, 503)
  assert.equal(JSON.parse((await ask(web, '/api')).body!).code, 'SELFHEAL_STANDBY')
})

test('the standby may be a program, which is the read-only version of the app', needs('linux'), async t => {
  const port = await freePort()
  const p = place(t, {
    'app.mjs': 'process.exit(3)',
    'readonly.mjs': `import http from 'node:http'\nhttp.createServer((_, r) => r.end('read only')).listen(Number(process.env.PORT))\n`,
  })
  const words = ['--intensity', '1', '--backoff', '1ms', '--standby', 'node readonly.mjs', '--port', String(port)]
  p.run(...words, '--', 'node', 'app.mjs')
  await until('the read-only version', async () => (await ask(port)).body === 'read only')
  p.write('app.mjs', APP)
  const calling = callers(t, port, 4)
  assert.equal((await p.cli(['start'])).status, 0)
  for (let n = 0; n < 10; n++) assert.match((await ask(port)).body!, /^undefined \d+/)
  assert.deepEqual(Object.keys((await calling.stop()).answers), ['200'])
  const looping = await p.journal({ name: 'supervisor.crash_looping' })
  assert.deepEqual([looping.length, looping[0]!.level], [1, 'alarm'])
})

test('a life that is as old as it may become is replaced, and no caller meets an error', needs('linux'), async t => {
  const port = await freePort()
  const p = place(t, { 'app.mjs': APP })
  p.run('--max-uptime', '1500ms', '--port', String(port), '--', 'node', 'app.mjs')
  await p.ready()
  const calling = callers(t, port, 4)
  await p.ready(3)
  assert.deepEqual(Object.keys((await calling.stop()).answers), ['200'])
  const renewed = await p.journal({ name: 'system.renewing' })
  assert.ok(renewed.every(entry => (entry.data as { kind?: string }).kind === 'uptime'))
})
