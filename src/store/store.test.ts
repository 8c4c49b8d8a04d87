import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { openStore } from './store.ts'

const migrations = ['CREATE TABLE note (text TEXT NOT NULL)', 'ALTER TABLE note ADD COLUMN by TEXT']

function place(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'selfheal-store-'))
  t.after(() => rmSync(folder, { recursive: true }))
  return join(folder, 'a.db')
}

const code = (expected: string) => (error: unknown) => (error as { code?: string }).code === expected

test('a new store has every migration, a write-ahead log, and is for its owner alone', t => {
  const file = place(t)
  const store = openStore(file, { migrations })
  store.db.exec("INSERT INTO note VALUES ('a', 'me')")
  assert.equal(store.db.prepare('PRAGMA journal_mode').get()!['journal_mode'], 'wal')
  assert.equal(store.db.prepare('PRAGMA synchronous').get()!['synchronous'], 1)
  assert.equal(store.db.prepare('PRAGMA wal_autocheckpoint').get()!['wal_autocheckpoint'], 0)
  assert.equal(store.db.prepare('PRAGMA foreign_keys').get()!['foreign_keys'], 1)
  for (const name of ['', '-wal', '-shm']) assert.equal(statSync(file + name).mode & 0o777, 0o600, name)
  store.close()
})

test('a store of an older selfheal is brought up to date, its rows kept', t => {
  const file = place(t)
  const old = openStore(file, { migrations: migrations.slice(0, 1) })
  old.db.exec("INSERT INTO note VALUES ('kept')")
  old.close()
  const store = openStore(file, { migrations, synchronous: 'FULL' })
  assert.deepEqual({ ...store.db.prepare('SELECT * FROM note').get() }, { text: 'kept', by: null })
  assert.equal(store.db.prepare('PRAGMA synchronous').get()!['synchronous'], 2)
  store.close()
})

test('a migration that fails leaves the store as it was', t => {
  const file = place(t)
  openStore(file, { migrations }).close()
  const bad = [...migrations, 'CREATE TABLE more (x); INSERT INTO nowhere VALUES (1)']
  assert.throws(() => openStore(file, { migrations: bad }))
  const store = openStore(file, { migrations })
  assert.equal(store.db.prepare("SELECT count(*) AS n FROM sqlite_schema WHERE name = 'more'").get()!['n'], 0)
  store.close()
})

test('a store written by a newer selfheal is refused, with what to do', t => {
  const file = place(t)
  openStore(file, { migrations }).close()
  assert.throws(() => openStore(file, { migrations: migrations.slice(0, 1) }), code('SELFHEAL_STORE_NEWER'))
})

test('a file that is no database is refused, or set aside when the caller says so', t => {
  const file = place(t)
  writeFileSync(file, 'this is no database at all, but it is long enough to have a header to be looked at')
  assert.throws(() => openStore(file, { migrations }), code('SELFHEAL_STORE_BROKEN'))
  const store = openStore(file, { migrations, broken: 'set_aside' })
  assert.equal(store.db.prepare('SELECT count(*) AS n FROM note').get()!['n'], 0)
  assert.ok(store.setAside && existsSync(store.setAside))
  store.close()
})

test('only the newest three broken files are kept', t => {
  const file = place(t)
  for (let n = 0; n < 5; n++) {
    writeFileSync(file, `no database, number ${n}, and long enough to have a header that can be looked at by anyone`)
    openStore(file, { migrations, broken: 'set_aside' }).close()
  }
  const broken = readdirSync(join(file, '..')).filter(name => /\.broken-\w+-\w+$/.test(name))
  assert.equal(broken.length, 3)
})

test('a store that another holds for writing is refused at once, not waited for', t => {
  const file = place(t)
  const [one, other] = [openStore(file, { migrations }), openStore(file, { migrations })]
  t.after(() => {
    one.close()
    other.close()
  })
  one.transaction(() => assert.throws(() => other.transaction(() => {}), /locked/))
})

test('a transaction that throws leaves nothing', t => {
  const file = place(t)
  const store = openStore(file, { migrations })
  const write = () =>
    store.transaction(() => {
      store.db.exec("INSERT INTO note VALUES ('a', 'me')")
      throw new Error('on second thoughts')
    })
  assert.throws(write, /second thoughts/)
  assert.equal(store.db.prepare('SELECT count(*) AS n FROM note').get()!['n'], 0)
  store.close()
})

test('a folder that is not there is named, with what to do', t => {
  const file = join(place(t), 'nowhere', 'a.db')
  assert.throws(() => openStore(file, { migrations }), code('SELFHEAL_STORE_FORBIDDEN'))
  assert.throws(() => openStore(file, { migrations, readOnly: true }), code('SELFHEAL_STORE_FORBIDDEN'))
})

test('a store opened for reading changes nothing', t => {
  const file = place(t)
  openStore(file, { migrations }).close()
  const store = openStore(file, { migrations, readOnly: true })
  assert.throws(() => store.db.exec("INSERT INTO note VALUES ('a', 'me')"), /readonly/)
  store.close()
})
