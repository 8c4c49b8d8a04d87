// What every ledger must do, over each that needs nothing but this process; the PostgreSQL one runs the same in test/process/failover-ledger.

import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { ledgerSuite } from '../../test/conformance/ledger.ts'
import { intended } from './changes.ts'
import { memoryLedger } from './memory-ledger.ts'
import { sqliteLedger } from './sqlite-ledger.ts'

const folder = () => mkdtempSync(join(tmpdir(), 'selfheal-ledger-'))
const some = (key: string) => intended({ failover: 'payments', key, operation: 'charge', params: null, print: 'p' }, 1)

ledgerSuite('memory', async () => ({ ledger: memoryLedger(), end: async () => {} }))
ledgerSuite('sqlite', async () => {
  const place = folder()
  const ledger = sqliteLedger({ file: join(place, 'ledger.db') })
  return {
    ledger,
    second: sqliteLedger({ file: join(place, 'ledger.db') }),
    end: async () => {
      await ledger.close?.()
      rmSync(place, { recursive: true, force: true })
    },
  }
})

test('a ledger file is its owner’s alone, and on the disk in full at every write', async t => {
  const place = folder()
  t.after(() => rmSync(place, { recursive: true, force: true }))
  const ledger = sqliteLedger({ file: join(place, 'ledger.db') })
  await ledger.write(some('a'), 0)
  assert.equal(statSync(join(place, 'ledger.db')).mode & 0o077, 0)
  await ledger.close?.()
})

test('a locked file is asked again until it is free, and refused when it never is', async t => {
  const place = folder()
  t.after(() => rmSync(place, { recursive: true, force: true }))
  const file = join(place, 'ledger.db')
  const ledger = sqliteLedger({ file, patienceMs: 60 })
  await ledger.write(some('a'), 0)
  const other = new DatabaseSync(file, { timeout: 0 })
  other.exec('BEGIN IMMEDIATE')
  await assert.rejects(ledger.write(some('b'), 0), { code: 'SELFHEAL_STORE_BUSY' })
  const patient = sqliteLedger({ file, patienceMs: 30_000 })
  const writing = patient.write(some('c'), 0)
  setTimeout(() => other.exec('ROLLBACK'), 30)
  assert.equal(await writing, true)
  other.close()
  await Promise.all([ledger.close?.(), patient.close?.()])
})

test('a damaged ledger is refused, never begun anew: it may hold what was paid', async t => {
  const place = folder()
  t.after(() => rmSync(place, { recursive: true, force: true }))
  const file = join(place, 'ledger.db')
  writeFileSync(file, 'this is no database, and long enough to be read as a damaged one'.repeat(40))
  await assert.rejects(sqliteLedger({ file }).read('payments', 'a'), { code: 'SELFHEAL_STORE_BROKEN' })
})
