// `selfheal run --metrics` as a monitoring system meets it: a real supervisor, a real app, kill -9 of the app and of the reporter.
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { controlClient } from '../../src/control/index.ts'
import { node } from '../node.ts'
import { families } from './telemetry/exposition.ts'

const root = join(import.meta.dirname, '..', '..')
const folder = mkdtempSync(join(tmpdir(), 'selfheal-telemetry-'))
const state = join(folder, 'state')
const { NODE_OPTIONS: _, NODE_ENV: __, ...inherited } = process.env
const env = { ...inherited, SELFHEAL_STATE: state, NODE_OPTIONS: '--conditions=@selfheal/source' }
let run: ChildProcess
let base = ''

before(async () => {
  writeFileSync(join(folder, 'package.json'), '{ "name": "shop", "type": "module" }')
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
  base = `http://127.0.0.1:${await freePort()}`
  const app = join(root, 'test/process/telemetry/app.js')
  const words = ['run', '--name', 'web', '--metrics', base.slice(7), node, app]
  run = spawn(node, [join(root, 'bin/selfheal.js'), ...words], { cwd: folder, env, stdio: 'ignore' })
  await until(async () => (await get('/ready')).status === 200)
})
after(() => {
  run?.kill('SIGKILL')
  rmSync(folder, { recursive: true, force: true })
})

test('a crash is counted, and health says how it is', async () => {
  const before = await part('shop/web')
  assert.match((await get('/metrics')).text, /^selfheal_program_generation\{program="shop\/web"\} 1$/m)
  process.kill(Number(before.pid), 'SIGKILL')
  await until(async () => /^selfheal_supervisor_restarts_total\{component="shop\/web"\} 1$/m.test((await get('/metrics')).text))
  // Figures may be a second old.
  await until(async () => /^selfheal_program_generation\{program="shop\/web"\} 2$/m.test((await get('/metrics')).text))
  await until(async () => (await get('/ready')).status === 200)
  assert.match((await get('/metrics')).text, /^selfheal_heal_actions_total\{action="restart",result="healed"\} 1$/m)
  const health = JSON.parse((await get('/health')).text)
  assert.deepEqual(health, { status: 'ok', programs: [{ path: 'shop/web', state: 'ready', restarts: 1 }] })
})

test('a dependency that fails opens its breaker in the figures, and live and ready do not care', async () => {
  writeFileSync(join(folder, 'down'), '')
  const url = (await part('shop/web')).urls[0]!
  await until(async () => {
    await fetch(url).then(answer => answer.text())
    return /^selfheal_breaker_state\{breaker="[^"]*db",key="db",state="open"\} 1$/m.test((await get('/metrics')).text)
  })
  const { text } = await get('/metrics')
  assert.match(text, /^selfheal_breaker_state\{breaker="[^"]*db",key="db",state="closed"\} 0$/m)
  assert.match(text, /^selfheal_breaker_transitions_total\{breaker="[^"]*db",to="open"\} [1-9]/m)
  assert.equal((await get('/live')).status, 200)
  assert.equal((await get('/ready')).status, 200)
})

test('what it tells is Prometheus’ text format to the letter, each series once', async () => {
  // Told from a life's third second on.
  await until(async () => (await get('/metrics')).text.includes('selfheal_program_loop_delay_seconds{'))
  const answer = await fetch(`${base}/metrics`, { signal: AbortSignal.timeout(5_000), headers: { connection: 'close' } })
  assert.equal(answer.headers.get('content-type'), 'text/plain; version=0.0.4; charset=utf-8')
  const all = families(await answer.text())
  assert.ok(all.size >= 8, [...all.keys()].join(', '))
  assert.equal(all.get('selfheal_supervisor_restarts_total')?.type, 'counter')
  assert.ok(all.get('selfheal_program_loop_delay_seconds')!.series.size > 0)
})

test('kill -9 of the reporter harms nothing: it is started again, the app never knew', async () => {
  const [app, reporter] = [await part('shop/web'), await part('shop/beside/reporter')]
  process.kill(Number(reporter.pid), 'SIGKILL')
  await until(async () => {
    const now = await part('shop/beside/reporter')
    return now.state === 'running' && now.pid !== reporter.pid && (await get('/live')).status === 200
  })
  assert.equal((await part('shop/web')).pid, app.pid)
})

async function part(path: string) {
  const { parts } = await controlClient(state).parts()
  return (parts.find(one => one.path === path)?.snapshot ?? {}) as { pid: number; state: string; urls: string[] }
}

async function get(path: string): Promise<{ status: number; text: string }> {
  try {
    const answer = await fetch(`${base}${path}`, { signal: AbortSignal.timeout(5_000), headers: { connection: 'close' } })
    return { status: answer.status, text: await answer.text() }
  } catch {
    return { status: 0, text: '' }
  }
}

async function until(fn: () => Promise<boolean>): Promise<void> {
  const end = Date.now() + 40_000
  while (!(await fn().catch(() => false))) {
    if (Date.now() > end) throw new Error(`not within 40 s: ${fn}`)
    await wait(50)
  }
}

function freePort(): Promise<number> {
  return new Promise(resolve => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number }
      server.close(() => resolve(port))
    })
  })
}
