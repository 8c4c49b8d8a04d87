// An app that calls selfheal() itself, under `selfheal run --auto`: both sets of parts are seen, each event is told once, and it is said once.
import assert from 'node:assert/strict'
import { mkdirSync, symlinkSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { controlClient } from 'selfheal/control'
import { needs } from '../part.ts'
import { ask, freePort, until } from './program/kit.ts'
import { place } from './run/place.ts'

const root = dirname(dirname(import.meta.dirname))

const app = (port: number, api: number) => `import http from 'node:http'
import { selfheal } from 'selfheal'
import { http as api } from 'selfheal/dependency'
import { nodeAdmission } from 'selfheal/inbound'
const answers = (_, response) => response.end('ok')
const there = http.createServer(answers).listen(${api}, '127.0.0.1')
const heal = selfheal()
const payments = heal.dependency(api('http://127.0.0.1:${api}'), { name: 'payments' })
heal.feature('buy', { needs: [payments] })
const door = heal.admission()
http.createServer(nodeAdmission(door, async (request, response) => {
  if (request.url === '/told') heal.events.emit('system.crash_asked', heal.path, { why: 'told once' })
  const bodies = await Promise.all([payments.fetch('/'), fetch('http://127.0.0.1:${api}/')].map(async a => (await a).text()))
  response.end(bodies.join())
})).listen(${port})
`

test(
  'an app with parts of its own under --auto: both are shown, events are told once, and it is warned once',
  needs('linux'),
  async t => {
    const [port, api] = [await freePort(), await freePort()]
    const p = place(t, { 'app.mjs': app(port, api) })
    mkdirSync(join(p.folder, 'node_modules'))
    symlinkSync(root, join(p.folder, 'node_modules/selfheal'))
    const running = p.run('--port', String(port), '--auto', 'node', 'app.mjs')
    await p.ready()
    await until('it to serve', async () => (await ask(port, '/')).body === 'ok,ok')
    await ask(port, '/told')
    const client = controlClient(join(p.folder, '.selfheal'))
    const { parts } = await client.parts()
    const paths = parts.map(part => part.path)
    for (const name of ['payments', 'buy', 'inbound', 'inbound#2', `http:127.0.0.1:${api}`])
      assert.ok(
        paths.some(path => path.endsWith(`/${name}`)),
        `${name} in ${paths.join(' ')}`,
      )
    assert.equal(new Set(paths).size, paths.length, 'each part once')
    await until('it to be in the journal', async () => (await p.journal({ name: 'system.crash_asked' })).length > 0)
    assert.equal((await p.journal({ name: 'system.crash_asked' })).length, 1, 'each event once')
    assert.equal((await p.journal({ name: 'system.guarded_twice' })).length, 1)
    assert.match(running.text(), /calls selfheal\(\) itself and runs with --auto too/)
  },
)
