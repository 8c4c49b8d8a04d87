import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { twoPorts } from './two-ports.ts'

test('which PORT counts is said when the environment and .env differ, and only then', t => {
  const folder = mkdtempSync(join(tmpdir(), 'selfheal-ports-'))
  t.after(() => rmSync(folder, { recursive: true }))
  assert.equal(twoPorts({ PORT: '3000' }, folder), undefined)
  writeFileSync(join(folder, '.env'), 'PORT=4000\n')
  assert.equal(twoPorts({}, folder), undefined)
  assert.equal(twoPorts({ PORT: '4000' }, folder), undefined)
  assert.match(twoPorts({ PORT: '3000' }, folder) ?? '', /^PORT is 3000, from the environment; the 4000 in \.env does not count/)
})
