// Guarded files and commands, for real: a pipe that nobody writes is a file that never answers; a shell with children is a group to end.
import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { runInFrame } from 'selfheal/core'
import { command, files } from 'selfheal/io'
import { needs } from '../part.ts'
import { isAlive, until } from './program/kit.ts'

function folder(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), 'selfheal-io-'))
  t.after(() => rmSync(path, { recursive: true, force: true }))
  return path
}

test('a command gives what it said; one that fails says how', needs('linux'), async () => {
  assert.equal((await command('sh', ['-c', 'cat; echo more >&2'], { input: 'hello' })).stdout, 'hello')
  await assert.rejects(command('sh', ['-c', 'echo no such order >&2; exit 3']), {
    name: 'CommandError',
    code: 3,
    message: /exit code 3: no such order$/,
  })
  await assert.rejects(command('no-such-program'), { code: 'ENOENT' })
})

test('a command past its time is ended with all it has started, and only then is its caller told', needs('linux'), async t => {
  const pids = join(folder(t), 'pids')
  const script = `trap '' TERM; sh -c 'trap "" TERM; echo $$ >> ${pids}; sleep 600; sleep 600' & echo $$ >> ${pids}; wait; sleep 600`
  const slow = command('sh', ['-c', script], { timeout: 700, graceMs: 100 })
  await assert.rejects(slow, { code: 'SELFHEAL_IO_TIMEOUT', ran: 'maybe' })
  const started = readFileSync(pids, 'utf8').trim().split('\n').map(Number)
  assert.equal(started.length, 2)
  await until('both to be gone', () => started.every(pid => !isAlive(pid)))
})

test('a child left in the background does not outlive its command, nor hold it up', needs('linux'), async t => {
  const pidFile = join(folder(t), 'pid')
  await command('sh', ['-c', `sleep 600 & echo $! > ${pidFile}`])
  await until('it to be gone', () => !isAlive(Number(readFileSync(pidFile, 'utf8'))))
})

test('an abort and a nearer deadline end it too; with no time left it is not begun', needs('linux'), async t => {
  const controller = new AbortController()
  const aborted = command('sleep', ['600'], { signal: controller.signal })
  const why = new Error('the customer went away')
  controller.abort(why)
  await assert.rejects(aborted, why)
  const frame = { deadline: performance.now() + 50 }
  await assert.rejects(
    runInFrame(frame, () => command('sleep', ['600'])),
    { code: 'SELFHEAL_IO_TIMEOUT' },
  )
  const mark = join(folder(t), 'mark')
  await assert.rejects(
    runInFrame({ deadline: performance.now() - 1 }, () => command('touch', [mark])),
    { code: 'SELFHEAL_IO_NO_TIME', ran: 'no' },
  )
  assert.throws(() => readFileSync(mark), { code: 'ENOENT' })
})

test('of what a command says, so much is kept and no more', needs('linux'), async () => {
  const { stdout } = await command('sh', ['-c', 'head -c 5000000 /dev/zero'], { keep: 1_000 })
  assert.equal(stdout.length, 1_000)
})

test('a file that never answers is given up, and when too many are, new ones are refused at once', needs('linux'), async t => {
  const path = folder(t)
  const pipe = join(path, 'pipe')
  await command('mkfifo', [pipe])
  const disk = files({ stuck: 2 })
  await assert.rejects(disk.read(pipe, { timeout: 100 }), { code: 'SELFHEAL_IO_TIMEOUT' })
  await assert.rejects(disk.read(pipe, { timeout: 100 }), { code: 'SELFHEAL_IO_TIMEOUT' })
  assert.equal(disk.stuck(), 2)
  await assert.rejects(disk.readText(import.meta.filename), { code: 'SELFHEAL_IO_STALLED', ran: 'no' })
  // Somebody writes: the kernel answers, and files are read again.
  await command('sh', ['-c', `exec 3<>${pipe}; echo a >&3`])
  await until('both to be answered', () => disk.stuck() === 0)
  assert.match(await disk.readText(import.meta.filename), /Guarded files/)
})

test('a written file is whole: the old one until the new one is on the disk, and nothing beside it', async t => {
  const path = folder(t)
  const file = join(path, 'orders.json')
  const disk = files()
  writeFileSync(file, 'old')
  const controller = new AbortController()
  const writing = disk.write(file, 'x'.repeat(50_000_000), { signal: controller.signal })
  controller.abort()
  await assert.rejects(writing, { name: 'AbortError' })
  await until('what was begun to be gone', () => readdirSync(path).length === 1)
  assert.equal(readFileSync(file, 'utf8'), 'old')
  await disk.write(file, 'new')
  assert.equal(readFileSync(file, 'utf8'), 'new')
  assert.deepEqual(await disk.list(path), ['orders.json'])
})
