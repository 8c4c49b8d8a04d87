// That what a test run leaves behind is found, ended and told.
import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { join } from 'node:path'
import { test } from 'node:test'
import { needs } from '../part.ts'

const sweep = (run: string, graceMs: number) =>
  spawnSync(process.execPath, [join(import.meta.dirname, 'sweep.ts'), run, String(graceMs)], { input: '', encoding: 'utf8' })

test('a run that left nothing behind passes', needs('linux'), () => {
  const { status, stderr } = sweep(randomUUID(), 0)
  assert.equal(stderr, '')
  assert.equal(status, 0)
})

test(
  'a process left behind is ended and named, also in a session of its own; another run’s is not touched',
  needs('linux'),
  async () => {
    const run = randomUUID()
    const idle = (mark: string) =>
      spawn('sleep', ['300'], { detached: true, stdio: 'ignore', env: { ...process.env, SELFHEAL_TEST_RUN: mark } })
    const [left, other] = [idle(run), idle(randomUUID())]
    try {
      const ended = once(left, 'exit')
      const { status, stderr } = sweep(run, 0)
      assert.equal(status, 1)
      assert.match(stderr, new RegExp(`process ${left.pid}: sleep 300`))
      assert.deepEqual(await ended, [null, 'SIGKILL'])
      assert.equal(other.exitCode ?? other.signalCode, null)
    } finally {
      other.kill('SIGKILL')
      left.kill('SIGKILL')
    }
  },
)

test('a process that ends within the grace is no fault', needs('linux'), () => {
  const run = randomUUID()
  spawn('sleep', ['0.3'], { stdio: 'ignore', env: { ...process.env, SELFHEAL_TEST_RUN: run } })
  assert.equal(sweep(run, 30_000).status, 0)
})
