// Hangs of real processes: what blocked is named, by its stack or by its route and the kernel's view; what only looks like a hang is let be.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { needs } from '../part.ts'
import { ask, freePort, until } from './program/kit.ts'
import { place } from './run/place.ts'

const APP = `import http from 'node:http'
import { execSync } from 'node:child_process'
import { pbkdf2Sync } from 'node:crypto'
import { openSync, readSync } from 'node:fs'
const sites = {
  '/loop': function stuckInLoop() { for (;;); },
  '/regex': function stuckInRegex() { /^(a+)+$/.test('a'.repeat(40) + '!') },
  '/native': () => pbkdf2Sync('a', 'b', 2 ** 31 - 1, 64, 'sha512'),
  '/exec': () => execSync('sleep 60'),
  '/read': () => readSync(openSync('pipe', 'r+'), Buffer.alloc(1)),
  '/sort': function sortsAllOfIt() {
    const until = performance.now() + 1200
    while (performance.now() < until);
  },
  '/busy': () => {
    const end = performance.now() + 3000
    const block = () => {
      const until = performance.now() + 200
      while (performance.now() < until);
      if (performance.now() < end) setTimeout(block, 20)
    }
    block()
  },
}
http.createServer((request, response) => {
  const path = request.url.split('?')[0]
  if (path === '/busy') response.end('busy')
  if (sites[path]) return sites[path]()
  if (!response.writableEnded) response.end(String(process.pid))
}).listen(process.env.PORT)
`
interface Hung {
  readonly stack: readonly string[] | null
  readonly route?: string
  readonly inKernel?: string
  readonly stopped: boolean
}

async function app(t: TestContext, hang: string) {
  const p = place(t, { 'app.mjs': APP })
  execFileSync('mkfifo', [join(p.folder, 'pipe')])
  const port = await freePort()
  p.run('--port', String(port), '--hang', hang, '--intensity', '50', '--backoff', '0', '--', 'node', 'app.mjs')
  await p.ready()
  return { ...p, port, hung: async () => (await p.journal({ name: 'program.hung' })).map(({ data }) => data as unknown as Hung) }
}

test('what blocks is named: by its function, or by its route and what the kernel shows', needs('linux'), async t => {
  const p = await app(t, '700ms')
  const cases: readonly (readonly [string, RegExp])[] = [
    ['/loop?token=7731', /^stuckInLoop .*app\.mjs:\d+/],
    ['/regex', /stuckInRegex .*app\.mjs/],
    ['/native', /computing in native code/],
    ['/exec', /waiting for its child process \w+ \(pid \d+\)/],
    ['/read', /blocking read of .*pipe/],
  ]
  for (const [i, [path, says]] of cases.entries()) {
    void ask(p.port, path)
    await p.ready(i + 2)
    const told = (await p.hung())[i]!
    assert.equal(told.route, `GET ${path.split('?')[0]}`)
    assert.match(told.stack?.join('\n') ?? told.inKernel ?? 'nothing', says)
  }
  assert.equal((await p.hung()).length, cases.length)
})

test(
  'work that holds the main thread up, and ends, is named by its function and its route, and costs nobody a life',
  needs('linux'),
  async t => {
    const p = await app(t, '60s')
    void ask(p.port, '/sort')
    const told = async () =>
      (await p.journal({ name: 'program.blocked' })).map(({ data }) => data as { stack: string[]; route: string; forMs: number })
    await until('it to be told', async () => (await told()).length === 1)
    const [one] = await told()
    assert.match(one!.stack[0]!, /^sortsAllOfIt .*app\.mjs:\d+/)
    assert.equal(one!.route, 'GET /sort')
    assert.ok(one!.forMs >= 500)
    assert.equal((await p.facts())!.generation, 1)
  },
)

test('a loop that is busy nine tenths of the time is not killed', needs('linux'), async t => {
  const p = await app(t, '800ms')
  const { pid } = (await p.facts())!
  assert.equal((await ask(p.port, '/busy')).body, 'busy')
  await wait(3_500)
  assert.equal((await ask(p.port)).body, String(pid))
  assert.deepEqual(await p.hung(), [])
})

describe('what needs no processor', { concurrency: true }, () => {
  test('a program that was stopped as a whole is replaced', needs('linux'), async t => {
    const p = await app(t, '500ms')
    process.kill((await p.facts())!.pid!, 'SIGSTOP')
    await p.ready(2)
    assert.equal((await p.hung())[0]!.stopped, true)
  })

  test('a machine that slept has not hung', needs('linux'), async t => {
    const p = place(t, { 'app.mjs': APP })
    const port = await freePort()
    const run = p.run('--port', String(port), '--hang', '500ms', '--', 'node', 'app.mjs')
    await p.ready()
    const { pid } = (await p.facts())!
    for (const one of [run.pid, pid!]) process.kill(one, 'SIGSTOP')
    await wait(3_500)
    for (const one of [pid!, run.pid]) process.kill(one, 'SIGCONT')
    await wait(1_500)
    assert.equal((await ask(port)).body, String(pid))
    assert.deepEqual(await p.journal({ name: 'program.hung' }), [])
  })

  test('a boot that blocks for longer than the hang time is no hang', needs('linux'), async t => {
    const p = place(t, {
      'app.mjs': `const until = performance.now() + 2000\nwhile (performance.now() < until);\n${APP}`,
    })
    const port = await freePort()
    p.run('--port', String(port), '--hang', '500ms', '--', 'node', 'app.mjs')
    await until('an answer', async () => (await ask(port)).kind === 'ok')
    assert.equal((await p.facts())!.generation, 1)
  })
})
