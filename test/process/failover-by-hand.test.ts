// `selfheal failover` over a real `selfheal run`: what operators see and order, what holds over a kill -9 of the app, and what the journal tells.
import assert from 'node:assert/strict'
import { mkdirSync, symlinkSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { controlClient } from 'selfheal/control'
import type { Json } from 'selfheal/core'
import { needs } from '../part.ts'
import { ask, freePort, until } from './program/kit.ts'
import { place } from './run/place.ts'

const root = dirname(dirname(import.meta.dirname))

// North takes what it is told to: ok, cut (done, and the connection cut), hang; it knows what it has done.
const app = (port: number, north: number, south: number) => `import http from 'node:http'
import { selfheal } from 'selfheal'
import { httpJson } from 'selfheal/failover'
const heal = selfheal()
const provider = (name, at) => httpJson({ name, url: 'http://127.0.0.1:' + at, request: (_, body, call) => ({ path: '/', body: { ...body, key: call.key } }), lookup: { request: key => ({ path: '/' + key }) }, settles: 60_000 })
const sms = heal.failover('sms', { providers: [provider('north', ${north}), provider('south', ${south})], deadline: 800, attempt: 300, every: 200, rules: { south: { keepAlive: 0 } } })
const done = new Set()
const server = (at, name) => http.createServer((request, response) => {
  if (request.method === 'GET') return response.writeHead(done.has(request.url.slice(1)) ? 200 : 404, { 'content-type': 'application/json' }).end(JSON.stringify({ id: 1, by: name }))
  let text = ''
  request.on('data', part => text += part).on('end', () => {
    const { how, key } = JSON.parse(text)
    if (how === 'hang') return
    done.add(key)
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ id: 1, by: name }))
  })
}).listen(at, '127.0.0.1')
server(${north}, 'north'); server(${south}, 'south')
http.createServer((request, response) => {
  const [, how, key] = request.url.split('/')
  sms.call('send', { how }, { key }).then(answer => response.end(answer.by), error => response.writeHead(503).end(error.code))
}).listen(${port})
`

test(
  'operators list, show, force with an end, drain, release and reconcile; orders hold over a kill -9 of the app',
  needs('linux'),
  async t => {
    const port = await freePort()
    const p = place(t, { 'app.mjs': app(port, await freePort(), await freePort()) })
    mkdirSync(join(p.folder, 'node_modules'))
    symlinkSync(root, join(p.folder, 'node_modules/selfheal'))
    p.run('--port', String(port), 'node', 'app.mjs')
    await p.ready()
    const cli = async (...words: readonly string[]) => {
      const { status, out, err } = await p.cli(['failover', ...words])
      assert.equal(status, 0, err)
      return out
    }
    const client = controlClient(join(p.folder, '.selfheal'))
    const { parts } = await client.parts()
    const path = parts.find(part => part.kind === 'failover')!.path
    // Quicker than a command each.
    const act = (verb: string, args: Json) =>
      client.act(path, verb, args, { by: 'ann', why: 'not in their books' }) as Promise<Record<string, Json>>
    const send = async (how: string, key: string) => (await ask(port, `/${how}/${key}`)).body
    await until('the app’s servers', async () => (await send('ok', 'first')) === 'north')

    assert.match(await cli('list'), /▶\s+north\s+up[\s\S]*south[\s\S]*first\s+send\s+done\s+at north/)
    assert.match(await cli('show', 'first'), /^first: send is done at north[\s\S]*north {2}ok {2}key [0-9a-f]{40}/)

    assert.equal(await send('hang', 'stuck'), 'SELFHEAL_FAILOVER_PENDING')
    assert.equal(((await act('reconcile', { key: 'stuck' }))['intent'] as Record<string, Json>)['state'], 'pending')
    assert.equal((await act('resolve', { key: 'stuck', as: 'not_done' }))['state'], 'not_done')

    const forced = await cli('force', 'south', '--for', '1h', '--why', 'north has an incident')
    assert.match(forced, /▶\s+south[\s\S]*forced by [^:]+: north has an incident, for (59 min|1 h)/)
    assert.equal(await send('ok', 'second'), 'south')
    const refused = await p.cli(['failover', 'drill', '--for', '1s'])
    assert.equal(refused.status, 1)
    assert.match(
      refused.err,
      /no drill of sms: south is forced by [^(]+\(north has an incident\), for \d+ min[^\n]* more\n.*failover release south/,
    )
    assert.equal(await send('ok', 'still'), 'south', 'a drill never takes the place of an order')
    await p.kill()
    await until('the next life', async () => (await send('ok', 'third')) === 'south')
    await act('release', {})
    await act('drain', { provider: 'north' })
    assert.equal(await send('ok', 'fourth'), 'south')
    await act('release', { provider: 'north' })
    assert.equal(await send('ok', 'fifth'), 'north')
    assert.equal(await send('ok', 'first'), 'north', 'the same key gives the same answer in the next life')

    const drill = await act('drill', { forMs: 300 })
    assert.deepEqual([drill['provider'], drill['before'], drill['after']], ['south', 'north', 'north'])
    const idle = await p.cli(['failover', 'drill', '--for', '200ms'])
    assert.deepEqual([idle.status, /it proves nothing/.test(idle.out)], [1, true], 'without a call it is no yes')
    await assert.rejects(act('force', { provider: 'west' }), { code: 'SELFHEAL_USAGE', message: /has no provider west/ })
    const { out } = await p.cli(['journal'])
    assert.match(out, /sms: stuck may have been done at north/)
    assert.match(out, /asked .*sms to force \(north has an incident\)/)
  },
)
