import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { openStore, type Store } from '../store/index.ts'
import { prune } from './prune.ts'
import { readEntries, writeLines } from './record.ts'
import { migrations } from './schema.ts'

const DAY = 86_400_000
const keep = { keepForMs: 30 * DAY, keepRows: 50_000, keepBytes: 64 * 1024 * 1024 }

function filled(t: TestContext, count: number, wallOf: (n: number) => number, data = '{}'): Store {
  const folder = mkdtempSync(join(tmpdir(), 'selfheal-prune-'))
  const store = openStore(join(folder, 'journal.db'), { migrations })
  t.after(() => {
    store.close()
    rmSync(folder, { recursive: true })
  })
  const line = (n: number) => ({ id: `a.${n}`, name: 'x', source: 's', at: n, wall: wallOf(n), level: 1, because: null, data })
  writeLines(
    store,
    Array.from({ length: count }, (_, n) => line(n)),
  )
  return store
}

function pruneAll(
  store: Store,
  more: Partial<typeof keep>,
  wall: number,
): { readonly steps: number; readonly left: number; readonly first: string } {
  let steps = 0
  while (prune(store, { ...keep, ...more }, wall) > 0) steps++
  const left = Number(store.db.prepare('SELECT count(*) AS n FROM event').get()!['n'])
  return { steps, left, first: readEntries(store.db, { afterRow: 0, limit: 1 })[0]!.id }
}

test('too many entries: the oldest go, a few thousand at a time', t => {
  const store = filled(t, 6_000, () => 100 * DAY)
  assert.deepEqual(pruneAll(store, { keepRows: 1_000 }, 100 * DAY), { steps: 3, left: 1_000, first: 'a.5000' })
})

test('entries older than they are kept for go', t => {
  const store = filled(t, 3_000, n => (n < 500 ? 60 : 90) * DAY)
  assert.deepEqual(pruneAll(store, {}, 100 * DAY), { steps: 1, left: 2_500, first: 'a.500' })
})

test('a wall clock that is years ahead does not empty the journal', t => {
  const store = filled(t, 3_000, () => 100 * DAY)
  assert.equal(pruneAll(store, {}, 10_000 * DAY).left, 1_000)
})

test('a file that is too large loses its oldest entries, and no more than it must', t => {
  const store = filled(t, 3_000, () => 100 * DAY, JSON.stringify('x'.repeat(4_000)))
  const { left, steps } = pruneAll(store, { keepBytes: 8 * 1024 * 1024 }, 100 * DAY)
  assert.ok(steps > 0 && left >= 1_000 && left < 2_200, `${left} left`)
})

test('where nothing is old, nothing goes', t => {
  const store = filled(t, 2_000, () => 99 * DAY)
  assert.deepEqual(pruneAll(store, {}, 100 * DAY), { steps: 0, left: 2_000, first: 'a.0' })
})
