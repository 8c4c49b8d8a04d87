import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { endLeftover, runningServer } from './running.ts'

function folder(t: TestContext, pid: number) {
  const path = mkdtempSync(join(tmpdir(), 'marketplace-running-'))
  t.after(() => rmSync(path, { recursive: true }))
  writeFileSync(join(path, 'postmaster.pid'), [pid, path, 1_700_000_000, 54_329, '', '127.0.0.1', ''].join('\n'))
  return path
}

test('a process that only has the number of a dead server is left alone, and the server may start', async t => {
  const path = folder(t, process.pid)
  assert.equal(runningServer(path), undefined)
  await endLeftover(path)
  assert.equal(existsSync(join(path, 'postmaster.pid')), false)
})

test('what a dead server left is for PostgreSQL to clear away', async t => {
  const path = folder(t, 2 ** 22 + 1)
  assert.equal(runningServer(path), undefined)
  await endLeftover(path)
  assert.equal(existsSync(join(path, 'postmaster.pid')), true)
})

test('a folder without a server has none', async () => {
  assert.equal(runningServer('/nowhere'), undefined)
  await endLeftover('/nowhere')
})
