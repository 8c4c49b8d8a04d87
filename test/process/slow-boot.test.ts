// Apps without --port that boot for longer than a second: nothing says ready before they listen, and instances share what the first opens.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { needs } from '../part.ts'
import { ask, freePort, until } from './program/kit.ts'
import { place } from './run/place.ts'

const app = (port: number) => `import { existsSync } from 'node:fs'
import http from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
if (process.env.BOOT) await sleep(Number(process.env.BOOT))
else while (!existsSync('go')) await sleep(20)
http.createServer((_, response) => response.end(String(process.pid))).listen(${port})\n`

test('a boot of more than a second is ready when it listens', needs('linux'), async t => {
  const port = await freePort()
  const p = place(t, { 'app.mjs': app(port), '.env': 'BOOT=1500' })
  const run = p.run('node', 'app.mjs')
  await run.says(/shop\.1 is ready/)
  assert.equal((await ask(port)).kind, 'ok')
  await run.says(new RegExp(`shop: http://localhost:${port}`))
})

test('instances that begin before any of them listens share the port that the first opens', needs('linux'), async t => {
  const port = await freePort()
  const p = place(t, { 'app.mjs': app(port) })
  const run = p.run('--instances', '2', '--start-within', '15s', 'node', 'app.mjs')
  await run.says(/shop#1\.1 is up after .* and listens on no port/)
  await until(
    'the second to have begun',
    async () => typeof (await p.facts('shop#2'))?.pid === 'number' || (await p.journal({ name: 'program.started' })).length === 2,
  )
  assert.doesNotMatch(run.text(), /is ready/)
  p.write('go', '')
  await run.says(/shop#2\.1 is (ready|up)/)
  await run.says(new RegExp(`shop: http://localhost:${port}`))
  await until('both to have answered', async () => {
    const bodies = await Promise.all(Array.from({ length: 20 }, async () => (await ask(port)).body))
    return new Set(bodies).size === 2
  })
  assert.doesNotMatch(run.text(), /EADDRINUSE|restart/)
})
