// `--spare` with real processes: a booted one waits at listen(), takes over without a boot, and never outlives who it is for.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { needs } from '../part.ts'
import { ask, freePort, isAlive, until } from './program/kit.ts'
import { type Place, place } from './run/place.ts'

/** Boots for so long that whoever answers sooner had booted before. */
const APP = `import { appendFileSync, readFileSync } from 'node:fs'
import http from 'node:http'
appendFileSync('boots', process.pid + '\\n')
await new Promise(resolve => setTimeout(resolve, 700))
http.createServer((_, response) => response.end(process.pid + ' ' + (process.env.GREETING ?? ''))).listen(Number(process.env.PORT))
`
const spareOf = async (p: Place) => {
  let pid = 0
  await until('a spare to wait', async () => {
    const told = await p.journal({ name: 'program.spare_ready' })
    pid = Number((told.at(-1)?.data as { pid?: number } | undefined)?.pid ?? 0)
    return pid !== 0 && isAlive(pid) && (await p.facts())?.pid !== pid
  })
  return pid
}

test('a crash is answered by the spare, which had booted before; then there is a new one', needs('linux'), async t => {
  const p = place(t, { 'app.mjs': APP })
  const port = await freePort()
  const run = p.run('--spare', '--port', String(port), '--', 'node', 'app.mjs')
  await p.ready()
  const spare = await spareOf(p)
  assert.equal(Number.parseInt((await ask(port)).body!, 10), (await p.facts())!.pid, 'while it waits it takes no caller')
  await p.kill()
  const next = await ask(port)
  assert.equal(Number.parseInt(next.body!, 10), spare)
  await p.ready(2)
  const [ready] = (await p.journal({ name: 'program.ready' })).slice(-1)
  assert.ok((ready!.data as { bootMs: number }).bootMs < 700, 'it did not boot')
  const another = await spareOf(p)
  run.process.kill('SIGTERM')
  assert.equal(await run.ended, 0)
  assert.equal(isAlive(another), false, 'the spare ends with the rest')
})

test('a spare that was made of an older .env is not used', needs('linux'), async t => {
  const p = place(t, { 'app.mjs': APP, '.env': 'GREETING=old' })
  const port = await freePort()
  p.run('--spare', '--port', String(port), '--', 'node', 'app.mjs')
  await p.ready()
  const stale = await spareOf(p)
  p.write('.env', 'GREETING=new')
  await p.kill()
  assert.match((await ask(port)).body!, /new$/)
  await until('the stale one to end', () => !isAlive(stale))
})

test('kill -9 of selfheal ends the spare, too', needs('linux'), async t => {
  const p = place(t, { 'app.mjs': APP })
  const port = await freePort()
  const run = p.run('--spare', '--port', String(port), '--', 'node', 'app.mjs')
  await p.ready()
  const spare = await spareOf(p)
  run.process.kill('SIGKILL')
  await until('the spare to end', () => !isAlive(spare))
})
