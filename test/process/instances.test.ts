// Several lives at a time on one accept queue, with real processes: each serves, one that is sick stops none of the others, and the standby
// answers only when all are down.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { needs } from '../part.ts'
import { ask, freePort, until } from './program/kit.ts'
import { callers } from './run/callers.ts'
import { type Place, place } from './run/place.ts'

/** Its second instance dies at once while there is a file that says so; all do while another is there. */
const APP = `import { existsSync } from 'node:fs'
import http from 'node:http'
if (existsSync('all-sick')) process.exit(3)
http.createServer((request, response) => {
  if (request.url === '/die') process.exit(4)
  response.end(String(process.pid))
}).listen(Number(process.env.PORT))
`
const three = async (p: Place, generation = 1) => {
  for (const n of [1, 2, 3]) await p.ready(generation, `shop#${n}`)
}
const pids = async (p: Place) => Promise.all([1, 2, 3].map(async n => (await p.facts(`shop#${n}`))!.pid!))

test(
  'three instances share the callers; one that is killed again and again costs the others nothing',
  needs('linux'),
  async t => {
    const p = place(t, { 'app.mjs': APP })
    const port = await freePort()
    p.run('--instances', '3', '--port', String(port), '--', 'node', 'app.mjs')
    await three(p)
    const others = (await pids(p)).filter((_, i) => i !== 1)
    await until('each of them to have answered', async () => {
      const bodies = await Promise.all(Array.from({ length: 30 }, async () => (await ask(port)).body))
      return new Set(bodies).size === 3
    })
    const calling = callers(t, port, 6)
    for (let n = 2; n <= 4; n++) {
      await p.kill('shop#2')
      await p.ready(n, 'shop#2')
    }
    const { answers } = await calling.stop()
    assert.equal(answers['ECONNREFUSED'], undefined)
    assert.deepEqual(
      (await pids(p)).filter((_, i) => i !== 1),
      others,
    )
  },
)

test('a rolling reload replaces each in turn, and no caller meets an error', needs('linux'), async t => {
  const p = place(t, { 'app.mjs': APP })
  const port = await freePort()
  p.run('--instances', '3', '--port', String(port), '--', 'node', 'app.mjs')
  await three(p)
  const before = await pids(p)
  const calling = callers(t, port, 10)
  await p.whole('reload')
  await three(p, 2)
  assert.deepEqual(Object.keys((await calling.stop()).answers), ['200'])
  assert.deepEqual(
    (await pids(p)).filter(pid => before.includes(pid)),
    [],
  )
  const replaced = await p.journal({ name: 'supervisor.child_replaced' })
  assert.deepEqual(
    replaced.map(entry => entry.source),
    ['shop/shop#1', 'shop/shop#2', 'shop/shop#3'],
  )
})

test('the standby answers only when all instances are down, and leaves with the first that is back', needs('linux'), async t => {
  const p = place(t, { 'app.mjs': APP })
  const port = await freePort()
  p.run('--instances', '3', '--intensity', '0', '--port', String(port), '--', 'node', 'app.mjs')
  await three(p)
  p.write('all-sick', '')
  await p.kill('shop#1')
  await p.kill('shop#2')
  await until('two to be crash-looping', async () => (await p.facts('shop#2'))?.state === 'crash-looping')
  for (let n = 0; n < 10; n++) assert.equal((await ask(port)).status, 200, 'the third still serves, alone')
  await p.kill('shop#3')
  await until('the standby', async () => (await ask(port)).status === 503)
  const calling = callers(t, port, 4)
  await import('node:fs').then(fs => fs.rmSync(`${p.folder}/all-sick`))
  await p.whole('start')
  await until('the instances', async () => (await ask(port)).status === 200)
  for (let n = 0; n < 20; n++) assert.equal((await ask(port)).status, 200, 'and the standby is gone')
  const { answers } = await calling.stop()
  assert.deepEqual(
    Object.keys(answers).filter(kind => kind !== '200' && kind !== '503'),
    [],
  )
})
