import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import type { Line } from './line.ts'
import { writerThread } from './writer-thread.ts'

const keep = { keepForMs: 1e12, keepRows: 50_000, keepBytes: 1e9 }
const line = (id: string): Line => ({ id, name: 'x', source: 's', at: 0, wall: 1, level: 1, because: null, data: '{}' })

function open(t: TestContext) {
  const folder = mkdtempSync(join(tmpdir(), 'selfheal-writer-'))
  const writer = writerThread({ file: join(folder, 'journal.db'), keep }, () => {})
  t.after(async () => {
    await writer.end()
    rmSync(folder, { recursive: true })
  })
  return writer
}

test('a writer that dies fails what it was asked, and the next question finds another', async t => {
  const writer = open(t)
  await writer.ask({ is: 'write', lines: [line('a.1')], wall: 1 })
  const unanswered = writer.ask({ is: 'query', query: {} })
  const [, answer] = await Promise.all([
    writer.end(),
    unanswered.then(
      () => 'answered',
      (error: { code: string }) => error.code,
    ),
  ])
  assert.ok(['answered', 'SELFHEAL_JOURNAL_WRITER_DIED'].includes(answer))
  // The same batch again, as after a death between commit and answer.
  await writer.ask({ is: 'write', lines: [line('a.1'), line('a.2')], wall: 1 })
  const entries = (await writer.ask({ is: 'query', query: {} })) as readonly { readonly id: string }[]
  assert.deepEqual(
    entries.map(({ id }) => id),
    ['a.1', 'a.2'],
  )
  assert.equal(writer.restarts(), 1)
})

test('questions are answered each by its own answer', async t => {
  const writer = open(t)
  await writer.ask({ is: 'write', lines: Array.from({ length: 20 }, (_, n) => line(`a.${n}`)), wall: 1 })
  const answers = await Promise.all(Array.from({ length: 20 }, (_, n) => writer.ask({ is: 'query', query: { limit: n + 1 } })))
  assert.deepEqual(
    answers.map(entries => (entries as unknown[]).length),
    Array.from({ length: 20 }, (_, n) => n + 1),
  )
})

test('a line the file refuses fails its batch as a whole, and says so', async t => {
  const writer = open(t)
  const bad = { ...line('a.2'), name: null as never }
  await assert.rejects(writer.ask({ is: 'write', lines: [line('a.1'), bad], wall: 1 }), { code: 'SELFHEAL_STORE_FAILED' })
  assert.deepEqual(await writer.ask({ is: 'query', query: {} }), [])
})
