// Features under `selfheal run`, by hand: an operator's mode reaches the app and its pages, survives the app's death and selfheal's own,
// ends at its time, can be set while the app is down, and the journal tells who and why. And the spool's commands.
import assert from 'node:assert/strict'
import { mkdirSync, symlinkSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { needs } from '../part.ts'
import { ask, freePort, until } from './program/kit.ts'
import { place } from './run/place.ts'

const root = dirname(dirname(import.meta.dirname))

const app = (port: number) => `import http from 'node:http'
import { selfheal } from 'selfheal'
import { settableNeed } from 'selfheal/core'
import { nodeReadOnly, readOnly } from 'selfheal/inbound'
const heal = selfheal()
const full = { usable: 'full', state: 'up', causes: [], since: Date.now() }
const database = settableNeed('database', full)
const sell = heal.feature('sell', { needs: [database], otherwise: 'readonly' })
const spool = heal.spool({ when: sell, tries: 1, kinds: { note: { apply: body => { if (body.bad) throw new Error('no such listing') } } } })
const refused = nodeReadOnly(readOnly({ need: heal.modes.app, routes: { '/sell': sell }, allow: ['POST /note'] }))
http.createServer((request, response) => {
  if (heal.modes.handler(request, response) || refused(request, response)) return
  if (request.url === '/down') database.set({ ...full, usable: 'none', state: 'down', causes: [{ code: 'DOWN', says: 'refused', since: Date.now() }] })
  if (request.url === '/up') database.set(full)
  if (request.url === '/note') return void spool.defer('note', { bad: true }, { key: 'note-1' }).then(() => response.end('taken'))
  response.end(sell.mode())
}).listen(${port})
`

async function running(t: TestContext) {
  const port = await freePort()
  const p = place(t, { 'app.mjs': app(port) })
  mkdirSync(join(p.folder, 'node_modules'))
  symlinkSync(root, join(p.folder, 'node_modules/selfheal'))
  const run = p.run('--port', String(port), 'node', 'app.mjs')
  await p.ready()
  const mode = async (name = 'sell') => {
    const { body } = await ask(port, '/selfheal/modes')
    return (JSON.parse(body!) as { features: Record<string, { mode: string }> }).features[name]!.mode
  }
  return { p, port, run, mode }
}

test('an operator’s mode holds over the death of the app and of selfheal, and no recovery clears it', needs('linux'), async t => {
  const { p, port, run, mode } = await running(t)
  const off = await p.cli(['feature', 'sell', 'off', '--why', 'we count the shelves'])
  assert.equal(off.status, 0, off.err)
  assert.match(off.out, /sell is off until an operator ends it: we count the shelves$/m)
  assert.equal(await mode(), 'off', 'it holds when the command has ended')
  await ask(port, '/down')
  await ask(port, '/up')
  assert.equal(await mode(), 'off')
  await p.kill()
  await p.ready(2)
  assert.equal(await mode(), 'off')
  const shown = await p.cli(['status'])
  assert.match(shown.out, /sell +off +for .*we count the shelves \(set by /)
  const unknown = await p.cli(['feature', 'sel', 'off'])
  assert.deepEqual([unknown.status, /There are: sell/.test(unknown.err)], [2, true], unknown.err)

  run.process.kill('SIGKILL')
  await run.ended
  p.run('--port', String(port), 'node', 'app.mjs')
  await p.ready()
  assert.equal(await mode(), 'off')
  for (const [set, holds] of [
    ['on', 'on'],
    ['readonly', 'readonly'],
    ['on', 'on'],
  ] as const) {
    assert.equal((await p.cli(['feature', 'sell', set])).status, 0)
    assert.equal(await mode(), holds)
  }
  const told = await p.journal({ name: 'feature.overridden' })
  assert.match(JSON.stringify(told.map(one => one.data)), /we count the shelves/)
})

test(
  'the whole app read-only for a while: writes are refused, and it is on again by itself; dead letters by hand',
  needs('linux'),
  async t => {
    const { p, port, mode } = await running(t)
    assert.equal((await p.cli(['mode', 'readonly', '--for', '5s', '--why', 'migration', '--json'])).status, 0)
    const refused = await fetch(`http://127.0.0.1:${port}/sell`, { method: 'POST' })
    assert.equal(refused.status, 503)
    assert.match(await refused.text(), /SELFHEAL_READ_ONLY.*migration/)
    assert.equal((await ask(port, '/sell')).status, 200)
    // As a webhook: let through by the allow-list, and kept for later.
    assert.equal(await (await fetch(`http://127.0.0.1:${port}/note`, { method: 'POST' })).text(), 'taken')
    await until('its end', async () => (await mode('app')) === 'on')
    assert.equal((await fetch(`http://127.0.0.1:${port}/sell`, { method: 'POST' })).status, 200)
    for (const wrong of [['mode', 'off', '--for', 'soon']]) assert.equal((await p.cli(wrong)).status, 2)

    // ── And a dead letter is seen, tried again and dropped
    await until('it is dead', async () =>
      /note-1 +note .*1 try +Tried 1 times.*no such listing/.test((await p.cli(['spool', 'list'])).out),
    )
    assert.match((await p.cli(['spool', 'retry', 'note-1'])).out, /note-1 will be tried again/)
    await until('it is dead again', async () => /note-1/.test((await p.cli(['spool', 'list'])).out))
    assert.match((await p.cli(['spool', 'drop', 'all'])).out, /note-1 is dropped/)
    assert.equal((await p.cli(['spool', 'drop', 'note-1'])).status, 2)
  },
)
