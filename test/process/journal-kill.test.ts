// A real process that writes a journal, and kill -9: what was flushed is there, the file is sound, and the next process goes on with it.
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { DatabaseSync } from 'node:sqlite'
import { type TestContext, test } from 'node:test'
import type { Event } from '../../src/core/index.ts'
import { journal, readJournal } from '../../src/journal/index.ts'
import { node } from '../node.ts'

const index = new URL('../../src/journal/index.ts', import.meta.url).href
/** Appends without end, in batches, and says how many are surely in the file. */
const WRITER = `
import { journal } from '${index}'
const log = journal({ file: process.argv[1] })
const event = n => ({ v: 1, id: process.argv[2] + '.' + n, name: 'test.tick', source: 'test', at: n, wall: Date.now(), level: 'info', data: { n } })
for (let n = 0; ; ) {
  for (const end = n + 150; n < end; n++) log.append(event(n))
  if (await log.flush()) process.stdout.write(n + '\\n')
}
`

function place(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'selfheal-journal-kill-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  return join(folder, 'journal.db')
}

function reading(t: TestContext, file: string) {
  const reader = readJournal(file)
  t.after(() => reader.close())
  return reader
}

function start(t: TestContext, code: string, ...words: string[]): ChildProcess {
  const child = spawn(node, ['--input-type=module', '--disable-warning=ExperimentalWarning', '-e', code, ...words], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  t.after(() => child.kill('SIGKILL'))
  return child
}

test('after kill -9 of its process a journal has all that was flushed, and the next goes on with it', async t => {
  const file = place(t)
  let least = 0
  for (const life of ['one', 'two', 'three']) {
    const child = start(t, WRITER, file, life)
    let said = 0
    for await (const line of createInterface({ input: child.stdout! })) {
      said = Number(line)
      if (said >= 450) break
    }
    const gone = once(child, 'exit')
    child.kill('SIGKILL')
    await gone
    least += said
    const reader = reading(t, file)
    const ids = new Set((await reader.query({ limit: 10_000 })).map(({ id }) => id))
    for (let n = 0; n < said; n++) assert.ok(ids.has(`${life}.${n}`), `${life}.${n} was flushed and is not there`)
  }
  const log = journal({ file })
  t.after(() => log.close())
  assert.ok((await log.query({ limit: 10_000 })).length >= least)
  const db = new DatabaseSync(file, { readOnly: true })
  assert.equal(db.prepare('PRAGMA integrity_check').get()!['integrity_check'], 'ok')
  db.close()
})

test('a journal is read while another process writes it', async t => {
  const file = place(t)
  const child = start(t, WRITER, file, 'one')
  await once(child.stdout!, 'data')
  const reader = reading(t, file)
  for (let n = 0; n < 20; n++) assert.ok((await reader.query({ limit: 10_000 })).length >= 150)
  assert.equal(child.exitCode, null)
})

test('a journal does not keep its process alive, and its end is waited for by who asks', async t => {
  const file = place(t)
  const code = `import { journal } from '${index}'
    const log = journal({ file: process.argv[1] })
    log.append({ v: 1, id: 'a.1', name: 'test.tick', source: 'test', at: 1, wall: Date.now(), level: 'info', data: {} })
    await log.flush()
    process.stdout.write('flushed')`
  const child = start(t, code, file)
  child.stdout!.resume()
  assert.deepEqual(await once(child, 'exit'), [0, null])
  const reader = reading(t, file)
  assert.equal((await reader.query()).length, 1)
})

test('a full file system costs entries, never the process; what fits afterwards is written', async t => {
  const file = place(t)
  // A limit on the size of a file fails writes as a full disk does, for a plain user too.
  const code = `import { journal } from '${index}'
    process.on('SIGXFSZ', () => {})
    const log = journal({ file: process.argv[1] })
    for (let n = 0; n < 3000; n++)
      log.append({ v: 1, id: 'a.' + n, name: 'test.tick', source: 'test', at: n, wall: Date.now(), level: 'info', data: { text: 'x '.repeat(2000) } })
    await log.flush(3000)
    process.stdout.write(JSON.stringify(log.stats()))
    process.exit(0)`
  const child = spawn(
    'sh',
    [
      '-c',
      'ulimit -f 4096; exec "$@"',
      'sh',
      node,
      '--input-type=module',
      '--disable-warning=ExperimentalWarning',
      '-e',
      code,
      file,
    ],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  )
  t.after(() => child.kill('SIGKILL'))
  let text = ''
  child.stdout!.setEncoding('utf8').on('data', chunk => (text += chunk))
  assert.deepEqual(await once(child, 'close'), [0, null])
  const stats = JSON.parse(text)
  assert.ok(stats.failing !== undefined, text)
  assert.match(stats.failing.code, /SELFHEAL_(DISK_FULL|STORE_FAILED)/)
  const log = journal({ file })
  t.after(() => log.close())
  const event: Event = {
    v: 1,
    id: 'b.1',
    name: 'selfheal.dropped',
    source: 'after',
    at: 1,
    wall: Date.now(),
    level: 'info',
    data: { count: 1 },
  }
  log.append(event)
  assert.equal((await log.query({ source: 'after' })).length, 1)
})
