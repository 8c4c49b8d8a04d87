// Each fault on a real process that knows nothing of it, and what is left when the drill itself is killed.
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { faultsInForce, healAll } from '../in-force.ts'
import { blockLoop, leak, rejectUnhandled, stepClock, throwUncaught } from './in-life.ts'
import { insideLife } from './inspector.ts'
import { exhaustDescriptors } from './limits.ts'
import { kill, stop } from './signals.ts'

const running = new Set<ChildProcess>()
afterEach(async () => {
  await healAll()
  for (const child of running) child.kill('SIGKILL')
})
const linux = { skip: process.platform !== 'linux' && 'prlimit is a part of Linux' }

/** Says what it can do just now, ten times a second. */
const VICTIM = `
import { closeSync, openSync, rmSync, writeFileSync } from 'node:fs'
const file = process.argv[1]
const tried = work => { try { work(); return 'ok' } catch (error) { return error.code } }
setInterval(() => {
  const opens = tried(() => closeSync(openSync('/dev/null')))
  const writes = tried(() => { writeFileSync(file, 'x'); rmSync(file) })
  // With no descriptor left, even this can't be read.
  let rss = 0
  tried(() => { rss = process.memoryUsage.rss() })
  console.log(JSON.stringify({ opens, writes, wall: Date.now(), rss }))
}, 50)`

test('kill -9', async () => {
  const victim = await start()
  kill(victim.pid)
  assert.deepEqual(await victim.exited, [null, 'SIGKILL'])
})

test('an error nobody catches, and a rejection nobody handles, end it as they end any program', async () => {
  for (const [put, says] of [
    [throwUncaught, /Thrown by a drill/],
    [rejectUnhandled, /Rejected by a drill/],
  ] as const) {
    // biome-ignore format: a table
    const victim = await start()
    await put(victim.pid)
    assert.deepEqual(await victim.exited, [1, null])
    assert.match(victim.errors(), says)
  }
})

test('for(;;) stands still, and ends by itself', async () => {
  const victim = await start()
  await blockLoop(victim.pid, 700)
  await until(() => victim.silentMs() > 400)
  await victim.next()
})

test('SIGSTOP ends by its time, by being healed, and by the end of the drill', async () => {
  const victim = await start()
  const heal = await stop([victim.pid], 60_000)
  await until(() => stateOf(victim.pid) === 'T')
  await heal()
  await victim.next()
  await stop([victim.pid], 150)
  await until(() => stateOf(victim.pid) !== 'T')
  await drillKilled(`await stop([${victim.pid}], 60_000)`, () => stateOf(victim.pid) === 'T')
  await until(() => stateOf(victim.pid) !== 'T')
})

test('a leak grows until it is healed', async () => {
  const victim = await start()
  const { rss } = await victim.next()
  const heal = await leak(victim.pid, 60_000, 200)
  await until(() => victim.last().rss > rss + 60_000_000)
  await heal()
  await wait(300)
  const grown = (await victim.next()).rss
  await wait(500)
  assert.ok((await victim.next()).rss < grown + 60_000_000)
})

test('a leak that nobody heals ends in out of memory', async () => {
  const victim = await start('--max-old-space-size=40')
  await leak(victim.pid, 60_000, 400)
  const [code, signal] = await victim.exited
  assert.ok(signal === 'SIGABRT' || code === 134, `${code} ${signal}`)
})

test('a stepped clock is the wall clock alone, and steps back', async () => {
  const victim = await start()
  const heal = await stepClock(victim.pid, -3_600_000, 60_000)
  await until(() => victim.last().wall < Date.now() - 3_000_000)
  await heal()
  await until(() => Math.abs(victim.last().wall - Date.now()) < 60_000)
})

test('one fault after another, also while the inspector closes after the last', async () => {
  const victim = await start()
  for (let i = 0; i < 8; i++) {
    assert.equal(await insideLife(victim.pid, `return ${i}`), i)
    await wait(170 + i * 8)
  }
})

test('no descriptors left, and given back', linux, async () => {
  const victim = await start()
  const heal = await exhaustDescriptors(victim.pid, 60_000)
  await until(() => victim.last().opens === 'EMFILE')
  await heal()
  await until(() => victim.last().opens === 'ok')
})

test('a full disk, also given back when the drill was killed', linux, async () => {
  const victim = await start()
  await drillKilled(`await fillDisk(${victim.pid}, 60_000)`, () => victim.last().writes === 'EFBIG')
  await until(() => victim.last().writes === 'ok')
})

test('no fault without an end', async () => {
  const victim = await start()
  for (const put of [stop([victim.pid], 0), leak(victim.pid, Number.POSITIVE_INFINITY), blockLoop(victim.pid, Number.NaN)])
    await assert.rejects(put, { code: 'SELFHEAL_USAGE' })
  assert.deepEqual(faultsInForce(), [])
})

interface Said {
  readonly opens: string
  readonly writes: string
  readonly wall: number
  readonly rss: number
}

async function start(...flags: readonly string[]) {
  const file = `/tmp/selfheal-victim-${process.pid}-${Math.random().toString(36).slice(2)}`
  const child = spawn(process.execPath, ['--inspect-port=0', ...flags, '--input-type=module', '-e', VICTIM, '--', file], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  running.add(child)
  const exited = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>
  let errors = ''
  child.stderr.setEncoding('utf8').on('data', text => (errors += text))
  let said: Said = { opens: '', writes: '', wall: 0, rss: 0 }
  let saidAt = performance.now()
  child.stdout.setEncoding('utf8').on('data', text => {
    saidAt = performance.now()
    said = JSON.parse(text.trim().split('\n').at(-1)) as Said
  })
  const next = async () => {
    const before = saidAt
    await until(() => saidAt !== before)
    return said
  }
  await next()
  return { pid: child.pid!, exited, errors: () => errors, last: () => said, silentMs: () => performance.now() - saidAt, next }
}

/** A drill of its own does that, and is killed as soon as it is seen. */
async function drillKilled(does: string, seen: () => boolean) {
  const here = (file: string) => JSON.stringify(join(import.meta.dirname, file))
  const code = `import { stop } from ${here('signals.ts')}; import { fillDisk } from ${here('limits.ts')}; ${does}; setInterval(() => {}, 1e6)`
  const drill = spawn(process.execPath, ['--input-type=module', '-e', code], { stdio: ['ignore', 'ignore', 'inherit'] })
  running.add(drill)
  await until(seen)
  drill.kill('SIGKILL')
  await once(drill, 'exit')
}

function stateOf(pid: number): string {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  return stat[stat.lastIndexOf(')') + 2]!
}

async function until(is: () => boolean): Promise<void> {
  while (!is()) await wait(10)
}
