// A fresh process of a program: of now, asked over its link, serving nobody. With it a supervisor looks whether what a life can't reach is there.
import assert from 'node:assert/strict'
import { symlinkSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { createEvents } from 'selfheal/core'
import { holdPorts, type ProgramHandle, parseAddress, program } from 'selfheal/program'
import { needs } from '../part.ts'
import { ask, freePort, isAlive, until } from './program/kit.ts'
import { place } from './run/place.ts'

const root = dirname(dirname(import.meta.dirname))
const APP = `import http from 'node:http'
import { bridge } from 'selfheal/program'
const password = process.env.PASSWORD
bridge().onAsk(async () => password)
http.createServer((request, response) => response.end(String(process.pid))).listen(process.env.PORT)
`

test('it has read its environment anew, is asked, serves nobody, and is gone when it is ended', needs('linux'), async t => {
  const p = place(t, { 'app.mjs': APP, '.env': 'PASSWORD=old', 'node_modules/.keep': '' })
  symlinkSync(root, join(p.folder, 'node_modules/selfheal'))
  const events = createEvents()
  const port = await freePort()
  const ports = await holdPorts([parseAddress(port)], 'shop/web', events)
  const env = { NODE_OPTIONS: '--conditions=@selfheal/source --disable-warning=ExperimentalWarning' }
  const stopping = new AbortController()
  const life = { id: 'web', path: 'shop/web', generation: 1, signal: stopping.signal, beat: () => {} }
  const child = await program({ command: ['node', 'app.mjs'], ports, cwd: p.folder, env, events }).start(life)
  assert.ok(child !== 'ignore')
  const handle: ProgramHandle = child.handle
  try {
    p.write('.env', 'PASSWORD=new')
    const fresh = await handle.fresh!()
    let said: unknown = null
    await until(
      'it to answer',
      async () => (said = await fresh.ask({ path: '', verb: 'parts' }, 1_000).catch(() => null)) !== null,
    )
    assert.equal(said, 'new')
    assert.equal(await handle.ask({ path: '', verb: 'parts' }, 5_000), 'old')
    const answers = await Promise.all(Array.from({ length: 30 }, () => ask(port)))
    assert.deepEqual([...new Set(answers.map(({ body }) => body))], [String(handle.pid)])
    await fresh.end()
    await until('it to be gone', () => !isAlive(fresh.pid))
    assert.equal((await ask(port)).kind, 'ok')
  } finally {
    stopping.abort()
    await child.exited
    ports.close()
  }
})
