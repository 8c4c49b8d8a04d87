// watchMainThread() on a real main thread: what holds it up is named, it goes on, and a watch that has ended leaves nothing behind.
import assert from 'node:assert/strict'
import { execSync, spawnSync } from 'node:child_process'
import { test } from 'node:test'
import { createEvents } from 'selfheal'
import { watchMainThread } from 'selfheal/compute'
import { until } from './program/kit.ts'

interface Told {
  readonly forMs: number
  readonly stack: readonly string[]
}

function sumEverythingTwice(ms: number): number {
  let n = 0
  for (const end = performance.now() + ms; performance.now() < end; ) n++
  return n
}

test('work that holds the main thread up is named, native work too, and after the end nothing is watched', async () => {
  const events = createEvents()
  const told: Told[] = []
  events.on('compute.blocked', ({ data }) => told.push(data as Told))
  const watch = watchMainThread({ over: 100, under: 'shop', events })
  const named = (name: string, work: () => unknown) =>
    until(`${name} to be named`, async () => {
      work()
      // One turn of the loop at least, in which its tick and the message of the watcher come.
      await new Promise(resolve => setTimeout(resolve, 200))
      return told.some(({ stack }) => stack.some(frame => frame.includes(name)))
    })
  await named('sumEverythingTwice', () => sumEverythingTwice(500))
  await named('execSync', () => execSync('sleep 0.5'))
  assert.ok(told.every(({ forMs }) => forMs >= 100))
  const { times, last } = watch.snapshot() as unknown as { times: number; last: Told }
  assert.equal(times, told.length)
  assert.deepEqual(last, told.at(-1))
  await watch[Symbol.asyncDispose]()
  const ended = told.length
  sumEverythingTwice(500)
  await new Promise(resolve => setTimeout(resolve, 300))
  assert.equal(told.length, ended)
})

test('a process that is watched ends when it has nothing left to do, and so does one whose watch has ended', () => {
  const ends = (more: string) => {
    const program = `import { watchMainThread } from 'selfheal/compute'; const watch = watchMainThread(); ${more}`
    const flags = ['--conditions=@selfheal/source', '--disable-warning=ExperimentalWarning', '--input-type=module', '-e', program]
    return spawnSync(process.execPath, flags, { encoding: 'utf8', timeout: 60_000, cwd: process.cwd() })
  }
  for (const more of ['', 'await watch[Symbol.asyncDispose]()']) {
    const { status, stderr } = ends(more)
    assert.equal(status, 0, stderr)
  }
})

test('an impossible time is refused', () => {
  assert.throws(() => watchMainThread({ over: 5 }), { code: 'SELFHEAL_CONFIG', message: /over must be 20 ms or more/ })
})
