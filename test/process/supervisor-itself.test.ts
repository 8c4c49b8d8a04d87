// What must not harm selfheal itself: output without end, a full disk, a locked journal, a program that is gone from the disk; and what a
// person tells it while a restart waits.
import assert from 'node:assert/strict'
import { chmodSync, existsSync, openSync, readFileSync, renameSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { node } from '../node.ts'
import { needs } from '../part.ts'
import { APP, ask, freePort, until } from './program/kit.ts'
import { bin, place } from './run/place.ts'

const isWritten = (folder: string) => existsSync(`${folder}/written`)
const residentMb = (pid: number) => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]) / 1_024

test(
  'hundreds of megabytes of output without a newline, to a full disk: it stays flat, alive, and restarts what crashes',
  needs('linux'),
  async t => {
    const megabytes = 600
    const p = place(t, {
      'app.mjs': `${APP}import { writeFileSync } from 'node:fs'
const mb = Buffer.alloc(1024 * 1024, 'x')
let left = ${megabytes}
const more = () => { while (left-- > 0) if (!process.stdout.write(mb)) return process.stdout.once('drain', more); writeFileSync('written', '') }
more()
`,
    })
    const port = await freePort()
    const full = openSync('/dev/full', 'w')
    const run = p.start([node, bin, 'run', '--port', String(port), '--', 'node', 'app.mjs'], { stdio: ['ignore', full, full] })
    await p.ready()
    const before = residentMb(run.pid)
    let most = before
    await until('all of it to be written', async () => {
      most = Math.max(most, residentMb(run.pid))
      return isWritten(p.folder)
    })
    // Flat over 10 GB is shown by bench:output; what would be kept of it here is more than this.
    assert.ok(most - before < 300, `${before} MB, at most ${most} MB`)
    await p.kill()
    assert.equal((await ask(port)).kind, 'ok')
  },
)

test('a locked journal holds up nothing: crashes are healed meanwhile, and written down afterwards', needs('linux'), async t => {
  const p = place(t, { 'app.mjs': APP })
  const port = await freePort()
  p.run('--port', String(port), '--backoff', '10ms', '--', 'node', 'app.mjs')
  await p.ready()
  // The journal's own writer may be at it.
  const lock = new DatabaseSync(`${p.folder}/.selfheal/journal.db`, { timeout: 30_000 })
  lock.exec('BEGIN IMMEDIATE')
  for (let generation = 2; generation <= 3; generation++) {
    await p.kill()
    assert.equal((await ask(port)).kind, 'ok')
    await p.ready(generation)
  }
  lock.exec('ROLLBACK')
  lock.close()
  await until('both ends to be in the journal', async () => (await p.journal({ name: 'program.exited' })).length === 2)
})

test('a program that is gone from the disk counts as a failed start, and comes back with its file', needs('linux'), async t => {
  const p = place(t, { serve: `#!${node}\n${APP}` }, { type: 'module' })
  chmodSync(`${p.folder}/serve`, 0o755)
  const port = await freePort()
  const run = p.run('--port', String(port), '--backoff', '50ms', '--intensity', '50', '--', './serve')
  await p.ready()
  renameSync(`${p.folder}/serve`, `${p.folder}/away`)
  await p.kill()
  await run.says(/did not start.*'\.\/serve' was not found/)
  const waiting = ask(port)
  await wait(300)
  renameSync(`${p.folder}/away`, `${p.folder}/serve`)
  assert.equal((await waiting).kind, 'ok')
  const failed = await p.journal({ name: 'supervisor.child_start_failed' })
  assert.ok(failed.length >= 1)
})

test('a stop while a restart waits cancels it, and a later start works', needs('linux'), async t => {
  const p = place(t, { 'app.mjs': APP })
  const port = await freePort()
  p.run('--port', String(port), '--backoff', '20s', '--', 'node', 'app.mjs')
  await p.ready()
  await p.kill()
  await p.ready(2)
  await p.kill()
  await until('it to wait', async () => (await p.facts())?.state === 'waiting')
  await p.whole('stop', 'shop')
  assert.equal((await p.facts())!.state, 'stopped')
  assert.equal((await ask(port)).status, 503)
  await p.whole('start', 'shop')
  assert.equal((await p.facts())!.state, 'ready')
  assert.equal((await ask(port)).status, 200)
  const { generation } = (await p.facts())!
  await wait(500)
  assert.equal((await p.facts())!.generation, generation, 'the restart that waited does not come after all')
})
