// The door of zero code, where nobody has agreed to a limit: what waits shuts out nobody, and a process with too much to do serves what it can.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { Agent, get } from 'node:http'
import { join } from 'node:path'
import { test } from 'node:test'
import { needs } from '../part.ts'
import { autoApp } from './auto/kit.ts'
import { ask, freePort, until } from './program/kit.ts'
import { place } from './run/place.ts'

const HUNG = 700

test('hundreds that hang shut out nobody; of more work than can be done what can be is done, the others are told, and it is well at once', async t => {
  const app = await autoApp('door.mjs', {})
  t.after(() => app.end())
  const agent = new Agent({ maxSockets: Number.POSITIVE_INFINITY })
  const ask = (path: string) =>
    new Promise<number>(resolve => {
      const asked = get({ port: app.port, host: '127.0.0.1', path, agent }, answer => {
        answer.resume()
        answer.on('end', () => resolve(answer.statusCode!))
      })
      asked.on('error', () => resolve(0))
      t.after(() => asked.destroy())
    })
  for (let i = 0; i < HUNG; i++) void ask('/hang')
  for (let i = 0; i < 20; i++) assert.equal((await app.ask('/')).status, 200)

  const asked: Promise<number>[] = []
  let refused = 0
  await until('some to be refused', async () => {
    for (let i = 0; i < 60; i++) {
      const one = ask('/spin')
      asked.push(one)
      void one.then(status => {
        if (status === 503) refused++
      })
    }
    await new Promise(resolve => setTimeout(resolve, 100))
    return refused > 0
  })
  const answers = await Promise.all(asked)
  assert.ok(answers.includes(200), 'what can be done is done')
  assert.ok(
    answers.every(status => status === 200 || status === 503),
    String(new Set(answers)),
  )
  await until('all to be served', async () => (await Promise.all([1, 2, 3].map(() => ask('/')))).every(status => status === 200))
})

test('under selfheal run: an operator makes it read-only, and it is', needs('linux'), async t => {
  const port = await freePort()
  const p = place(t, { 'app.mjs': readFileSync(join(import.meta.dirname, 'auto/door.mjs'), 'utf8') })
  p.write('.env', `PORT=${port}\n`)
  p.run('--auto', 'node', 'app.mjs')
  await p.ready()
  const post = () => fetch(`http://127.0.0.1:${port}/`, { method: 'POST', body: 'abc' })
  assert.equal(await (await post()).text(), 'POST 3')
  assert.match((await p.cli(['mode'])).out, /^app +on /)
  const set = await p.cli(['mode', 'readonly', '--why', 'we move'])
  assert.equal(set.status, 0, set.err)
  const refused = await post()
  assert.equal(refused.status, 503)
  assert.match(await refused.text(), /SELFHEAL_READ_ONLY.*we move/)
  assert.equal((await ask(port)).kind, 'ok')
  assert.match((await p.cli(['mode'])).out, /^app +read-only .*we move/)
  assert.equal((await p.cli(['mode', 'on'])).status, 0)
  assert.equal((await post()).status, 200)
})

test('where no process takes a mode the command says so, sets nothing, and fails', needs('linux'), async t => {
  const port = await freePort()
  const p = place(t, { 'app.mjs': readFileSync(join(import.meta.dirname, 'auto/door.mjs'), 'utf8') })
  p.write('.env', `PORT=${port}\n`)
  p.run('node', 'app.mjs')
  await p.ready()
  const { status, err } = await p.cli(['mode', 'readonly'])
  assert.equal(status, 2)
  assert.match(err, /Nothing was set: no process here takes a mode \(.*--auto/s)
})
