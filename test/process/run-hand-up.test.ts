// Unmodified apps without --port: whatever they listen on is handed up by their first life, and answered by the next after kill -9.
import assert from 'node:assert/strict'
import { symlinkSync } from 'node:fs'
import { createServer } from 'node:net'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { needs } from '../part.ts'
import { ask, freePort, until } from './program/kit.ts'
import { type Place, place } from './run/place.ts'

const root = dirname(dirname(import.meta.dirname))
const serve = (listen: string) =>
  `import http from 'node:http'\nhttp.createServer((_, response) => response.end(String(process.pid))).listen(${listen})\n`

/** Asks all the while one life is killed and the next comes up; every answer but those in flight must be one. */
async function survives(p: Place, port: number): Promise<void> {
  const first = await ask(port)
  assert.equal(first.kind, 'ok')
  const { generation } = (await p.facts())!
  const asked: ReturnType<typeof ask>[] = []
  let over = false
  const callers = (async () => {
    for (; !over; await new Promise(resolve => setTimeout(resolve, 20))) asked.push(ask(port))
  })()
  try {
    await p.kill()
    await p.ready(generation + 1)
  } finally {
    // Also when that fails: callers that go on would keep this file from ever ending.
    over = true
    await callers
  }
  const answers = await Promise.all(asked)
  assert.deepEqual(
    answers.filter(({ kind }) => kind === 'refused' || kind === 'other'),
    [],
    'nobody is refused',
  )
  const last = await ask(port)
  assert.equal(last.kind, 'ok')
  assert.notEqual(last.body, first.body)
}

test('node:http, a port and a host', needs('linux'), async t => {
  const port = await freePort()
  const p = place(t, { 'app.mjs': serve(`${port}, '127.0.0.1'`) })
  p.run('node', 'app.mjs')
  await p.ready()
  await survives(p, port)
  await survives(p, port)
})

test('Fastify, which binds localhost on IPv4 and IPv6 both', needs('linux'), async t => {
  const port = await freePort()
  const p = place(t, {
    'app.mjs': `import fastify from 'fastify'
const app = fastify()
app.get('/', () => String(process.pid))
await app.listen({ port: ${port} })\n`,
  })
  symlinkSync(join(root, 'node_modules'), join(p.folder, 'node_modules'))
  p.run('node', 'app.mjs')
  await p.ready()
  await survives(p, port)
  assert.equal((await p.journal({ name: 'program.listens_elsewhere' })).length, 0)
  const held = await p.journal({ name: 'program.port_held' })
  assert.equal(new Set(held.map(entry => JSON.stringify(entry.data))).size, held.length, 'each address is held once')
})

test('listen(0): the next life has the port that the first was given', needs('linux'), async t => {
  const p = place(t, { 'app.mjs': serve('0') })
  p.run('node', 'app.mjs')
  await p.ready()
  const port = Number(new URL((await p.facts())!.urls[0]!).port)
  await survives(p, port)
})

test('an app with two ports has both of them held', needs('linux'), async t => {
  const [one, two] = [await freePort(), await freePort()]
  const p = place(t, { 'app.mjs': `${serve(String(one))}${serve(String(two)).replace(/^import.*\n/, '')}` })
  p.run('node', 'app.mjs')
  await until('both to be held', async () => (await p.facts())?.urls.length === 2)
  await p.ready()
  await survives(p, one)
  await survives(p, two)
})

test('npm start, with a script of one command', needs('linux'), async t => {
  const port = await freePort()
  const p = place(t, { 'app.mjs': serve(String(port)) }, { scripts: { start: 'node app.mjs' } })
  p.run('npm', 'start')
  await p.ready()
  await survives(p, port)
})

test('npm start, with a script that builds and then serves', needs('linux'), async t => {
  const port = await freePort()
  const p = place(
    t,
    { 'build.mjs': "console.log('built')\n", 'app.mjs': serve(String(port)) },
    { scripts: { start: 'node build.mjs && node app.mjs' } },
  )
  const run = p.run('npm', 'start')
  await p.ready()
  await survives(p, port)
  assert.equal(run.text().match(/\| built/g)?.length, 2, 'each life builds')
})

test('an app in TypeScript', needs('linux'), async t => {
  const port = await freePort()
  const p = place(t, {
    'app.ts': `import { createServer, type ServerResponse } from 'node:http'
const answer = (response: ServerResponse): unknown => response.end(String(process.pid))
createServer((_, response) => answer(response)).listen(${port})\n`,
  })
  p.run('node', 'app.ts')
  await p.ready()
  await survives(p, port)
})

test('PORT was changed in .env: the next life is told of at once, with what to do', needs('linux'), async t => {
  const [port, other] = [await freePort(), await freePort()]
  const p = place(t, { 'app.mjs': serve('process.env.PORT'), '.env': `PORT=${port}` })
  const run = p.run('--start-within', '3s', 'node', 'app.mjs')
  await p.ready()
  const says = `listens on ${other}, but port ${port} is held: put PORT back to ${port}, or stop selfheal and run it again`
  p.write('.env', `PORT=${other}`)
  await p.kill()
  await run.says(new RegExp(`shop\\.\\d+ ${says}`))
  const asked = ask(port)
  p.write('.env', `PORT=${port}`)
  assert.equal((await asked).kind, 'ok', 'who asked meanwhile is answered by the next')
})

test('a reload with another PORT in .env is refused as soon as that is plain', needs('linux'), async t => {
  const [port, other] = [await freePort(), await freePort()]
  const p = place(t, { 'app.mjs': serve('process.env.PORT'), '.env': `PORT=${port}` })
  p.run('--start-within', '5m', 'node', 'app.mjs')
  await p.ready()
  p.write('.env', `PORT=${other}`)
  await assert.rejects(p.whole('reload'), new RegExp(`listens on ${other}, but port ${port} is held`))
  assert.equal((await ask(port)).kind, 'ok')
  assert.equal((await p.facts())?.generation, 1)
})

test('an Express 5 app whose port is taken lives on and serves nobody: who has it is said', needs('linux'), async t => {
  const port = await freePort()
  const other = createServer().listen(port)
  t.after(() => other.close())
  const p = place(t, {
    'app.mjs': `import express from 'express'\nexpress().listen(${port}, () => setInterval(() => {}, 1e6))\n`,
  })
  symlinkSync(join(root, 'node_modules'), join(p.folder, 'node_modules'))
  const run = p.run('node', 'app.mjs')
  await run.says(
    new RegExp(
      `shop\\.1 listens nowhere, so nobody is served: \\[::\\]:${port} is taken by pid ${process.pid} .*kill ${process.pid}`,
    ),
  )
})

test('an app in CommonJS, whose own child processes are left alone', needs('linux'), async t => {
  const [port, other] = [await freePort(), await freePort()]
  const p = place(t, {
    'app.cjs': `const { fork } = require('node:child_process')
if (process.argv[2] === 'child') require('node:http').createServer((_, r) => r.end('child')).listen(${other}, () => process.send('up'))
else fork(__filename, ['child']).on('message', () => require('node:http').createServer((_, r) => r.end(String(process.pid))).listen(${port}))\n`,
  })
  p.run('node', 'app.cjs')
  await p.ready()
  await until('its own child to answer', async () => (await ask(other)).body === 'child')
  await until('its port to be held', async () => (await p.facts())?.urls.length === 1)
  assert.deepEqual((await p.facts())!.urls, [`http://localhost:${port}`])
  await survives(p, port)
})

test("ports: [] in the configuration: nothing is held, and its own end is its callers' end", needs('linux'), async t => {
  const port = await freePort()
  const p = place(t, {
    'app.mjs': serve(String(port)),
    'selfheal.config.mjs': "export default { programs: { shop: { run: 'node app.mjs', ports: [] } } }\n",
  })
  p.run()
  await p.ready()
  assert.equal((await ask(port)).kind, 'ok')
  assert.deepEqual((await p.facts())!.urls, [])
  assert.equal((await p.journal({ name: 'program.listens_elsewhere' })).length, 0)
})
