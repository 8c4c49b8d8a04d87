// A thrown error costs one request: real processes, real sockets, real PostgreSQL, wherever an app can throw.
import assert from 'node:assert/strict'
import { copyFileSync, symlinkSync } from 'node:fs'
import { request } from 'node:http'
import { dirname, join } from 'node:path'
import { after, before, type TestContext, test } from 'node:test'
import { needs } from '../part.ts'
import { endAll, type Marketplace, marketplace } from './marketplace/launch.ts'
import { type Answer, ask, freePort, until } from './program/kit.ts'
import { place } from './run/place.ts'

const root = dirname(dirname(import.meta.dirname))
let database: Marketplace
before(async () => {
  database = await marketplace()
})
after(async () => {
  await endAll(database.data)
})

/** Where it threw → what its request got. */
const SITES = {
  timer: 500,
  microtask: 500,
  rejection: 500,
  text: 500,
  emitter: 500,
  stream: 500,
  bound: 500,
  end: 500,
  opener: 200,
  pg: 200,
  pgsilent: 503,
  finished: 200,
  begun: 'reset',
  begunsurely: 'reset',
} as const

async function app(t: TestContext, framework: string, files: Record<string, string> = {}) {
  const p = place(t, files)
  copyFileSync(join(import.meta.dirname, 'throw/app.mjs'), join(p.folder, 'app.mjs'))
  symlinkSync(join(root, 'node_modules'), join(p.folder, 'node_modules'))
  p.write('.env', `FRAMEWORK=${framework}\nDATABASE_URL=${database.appEnv['DATABASE_URL']}\n`)
  const port = await freePort()
  p.run('--port', String(port), '--drain', '1500ms', '--backoff', '0', '--', 'node', 'app.mjs')
  await p.ready()
  return { ...p, port }
}

/** Its body ends when `finish` is called. */
function post(port: number, path: string): { readonly answer: Promise<Answer>; finish(): void } {
  const asked = request({ port, host: '127.0.0.1', path, method: 'POST', agent: false, headers: { 'content-type': 'x/y' } })
  asked.write('some')
  const answer = new Promise<Answer>(resolve => {
    asked.on('error', () => resolve({ kind: 'reset' }))
    asked.on('response', response => {
      response.resume().on('error', () => {})
      response.on('end', () => resolve({ kind: 'ok', status: response.statusCode! }))
    })
  })
  return { answer, finish: () => asked.end('more') }
}

for (const framework of ['http', 'fastify', 'express'])
  test(
    `${framework}: an error costs the request it belongs to, wherever it was thrown, and no other`,
    needs('linux'),
    async t => {
      const p = await app(t, framework)
      const { pid } = (await p.facts())!
      const opener = ask(p.port, '/opener')
      await until('it to arrive', async () => (await ask(p.port, '/arrived')).body === '1')
      const ending = post(p.port, '/end')
      const names = Object.keys(SITES).filter(name => name !== 'opener' && name !== 'end')
      const asked = names.map(name => ask(p.port, `/${name}`))
      const slow = Array.from({ length: 40 }, () => ask(p.port, '/slow'))
      await until('all to arrive', async () => (await ask(p.port, '/arrived')).body === String(names.length + 42))
      const first = ask(p.port, framework === 'http' ? '/sync' : '/first')
      assert.equal((await first).status, 500)
      ending.finish()
      // The next life serves while the old one still finishes.
      let finished = 0
      for (const one of slow) void one.then(() => finished++)
      const next = await ask(p.port)
      assert.notEqual(next.body, String(pid))
      const before = finished
      const answers = await Promise.all(slow)
      assert.deepEqual(
        [...new Set(answers.map(({ body, status }) => `${status} ${body}`))],
        [`200 slow ${pid}`],
        `all of 40 complete`,
      )
      const got = Object.fromEntries([
        ...(await Promise.all(asked)).map((answer, i) => [names[i]!, answer.status ?? answer.kind] as const),
        ['opener', (await opener).status],
        ['end', (await ending.answer).status],
      ])
      assert.deepEqual(got, { ...got, ...SITES })
      assert.ok(before <= 40)
      const told = (await p.journal({ name: 'program.uncaught' })).map(
        ({ data }) => data as { route?: string; answered?: string },
      )
      assert.equal(told[0]!.answered, '500')
      assert.ok(told.some(({ route }) => route === (framework === 'http' ? 'GET /sync' : 'GET /first')))
      // Those nobody is blamed for.
      assert.equal(told.filter(one => one.answered === 'none').length, 4)
      await until('the old life to end', async () => (await p.journal({ name: 'program.exited' })).length === 1)
      assert.equal((await p.facts())!.restarts, 1)
    },
  )

test(
  'a route that throws in one life after the other does not end in a crash loop: the others go on',
  needs('linux'),
  async t => {
    const p = place(t, {
      'app.mjs': `import http from 'node:http'
http.createServer((request, response) => {
  if (request.url.startsWith('/sick')) setTimeout(() => { throw new Error('as ever') })
  else response.end(String(process.pid))
}).listen(process.env.PORT)`,
    })
    const port = await freePort()
    p.run('--port', String(port), '--', 'node', 'app.mjs')
    await p.ready()
    for (let i = 1; i <= 4; i++) {
      assert.equal((await ask(port, '/sick?a')).status, 500)
      await p.ready(i + 1)
    }
    const { pid } = (await p.facts())!
    for (let i = 0; i < 5; i++) assert.equal((await ask(port, `/sick?${i}`)).status, 500)
    assert.equal((await ask(port)).body, String(pid), 'the fifth life stays')
    assert.equal((await p.facts())!.state, 'ready')
    const told = (await p.journal({ name: 'program.uncaught' })).map(({ data }) => (data as { stays?: boolean }).stays === true)
    assert.deepEqual(told, [false, false, false, false, true, true, true, true, true])
    assert.equal((await p.journal({ name: 'supervisor.crash_looping' })).length, 0)
  },
)

test('an app with an uncaughtException handler of its own keeps it, and its life', needs('linux'), async t => {
  const p = place(t, {
    'app.mjs': `import http from 'node:http'
process.on('uncaughtException', error => console.log('mine:', error.message, process.listenerCount('uncaughtException')))
http.createServer((request, response) => {
  if (request.url === '/throw') setTimeout(() => { response.end('still answered'); throw new Error('boom') })
  else response.end(String(process.pid))
}).listen(process.env.PORT)`,
  })
  const port = await freePort()
  const run = p.run('--port', String(port), '--', 'node', 'app.mjs')
  await p.ready()
  assert.equal((await ask(port, '/throw')).body, 'still answered')
  await run.says(/mine: boom 1/)
  assert.equal((await ask(port)).body, String((await p.facts())!.pid))
  assert.equal((await p.journal({ name: 'program.uncaught' })).length, 0)
})

test('an error before a program serves ends it, as Node would', needs('linux'), async t => {
  const p = place(t, { 'app.mjs': "setTimeout(() => { throw new Error('too early') })\nsetInterval(() => {}, 1000)" })
  const run = p.run('--ready', 'alive', '--', 'node', 'app.mjs')
  await run.says(/too early/)
  await until('its end to be told', async () => (await p.journal({ name: 'program.exited' })).length > 0)
  const [exited] = await p.journal({ name: 'program.exited' })
  assert.deepEqual([(exited!.data as { what?: string }).what, (exited!.data as { code?: number }).code], ['uncaught', 1])
})

test("a component's stray error costs the component a life, not the process and no request", needs('linux'), async t => {
  const p = place(t, {
    'app.mjs': `import http from 'node:http'
import { selfheal } from 'selfheal'
const heal = selfheal()
let lives = 0
await heal.supervise('mailer', async life => {
  if (++lives === 1) setTimeout(() => { throw new Error('the mailer lost its mind') }, 700)
  await new Promise(resolve => life.signal.addEventListener('abort', resolve, { once: true }))
})
http.createServer((request, response) => {
  if (request.url === '/slow') return setTimeout(() => response.end('slow'), 800)
  response.end(process.pid + ' ' + lives)
}).listen(process.env.PORT)`,
  })
  p.write('node_modules/.keep', '')
  symlinkSync(root, join(p.folder, 'node_modules/selfheal'))
  const port = await freePort()
  p.run('--port', String(port), '--', 'node', 'app.mjs')
  await p.ready()
  const { pid } = (await p.facts())!
  const slow = ask(port, '/slow')
  await until('the component to be back', async () => (await ask(port)).body === `${pid} 2`)
  assert.equal((await slow).body, 'slow')
  assert.equal((await p.journal({ name: 'program.uncaught' })).length, 0)
  assert.equal((await p.journal({ name: 'supervisor.stray_error' })).length, 1)
})
