// SQLite opened right: write-ahead log, no waiting on locks, migrations in order, the file for its owner alone. One writing process a
// file. Holds no rows of its own: journal, ledger and spool bring their tables as migrations.
import type { DatabaseSync } from 'node:sqlite'
import { isBroken, storeError } from './errors.ts'
import { migrate } from './migrate.ts'
import { makePrivate } from './private-file.ts'
import { setAside } from './set-aside.ts'
import { openDatabase } from './sqlite.ts'

export interface StoreOptions {
  /** SQL, oldest first. Must only ever grow: one that was published must not change. */
  readonly migrations: readonly string[]
  /** NORMAL survives kill -9, and may lose the tail at a power cut. FULL survives that too. Default NORMAL. */
  readonly synchronous?: 'NORMAL' | 'FULL'
  /** Opens what is there and changes nothing. Default false. */
  readonly readOnly?: boolean
  /** A file that is no database, or damaged: refused, or set aside and begun anew. A ledger of money must refuse. Default refuse. */
  readonly broken?: 'refuse' | 'set_aside'
}

export interface Store {
  readonly file: string
  readonly db: DatabaseSync
  /** Where a broken file was moved to when this one was begun in its place. */
  readonly setAside?: string
  /** Runs `fn` in one transaction that holds the right to write from its start; rolled back when `fn` throws. Must not be nested. */
  transaction<T>(fn: () => T): T
  /** Moves the log into the file. Nothing else does: the owner must call it now and then, where a few ms do no harm. */
  checkpoint(): void
  close(): void
}

/** Throws SelfhealError: SELFHEAL_STORE_BUSY, _BROKEN, _FORBIDDEN, _NEWER, _FAILED, or SELFHEAL_DISK_FULL. */
export function openStore(file: string, options: StoreOptions): Store {
  try {
    return open(file, options)
  } catch (error) {
    if (!isBroken(error) || options.broken !== 'set_aside' || options.readOnly) throw storeError(error, file)
  }
  try {
    const aside = setAside(file)
    return Object.freeze({ ...open(file, options), setAside: aside })
  } catch (error) {
    throw storeError(error, file)
  }
}

function open(file: string, { migrations, synchronous = 'NORMAL', readOnly = false }: StoreOptions): Store {
  if (!readOnly) makePrivate(file)
  const db = openDatabase(file, { readOnly, timeout: 0, enableForeignKeyConstraints: true })
  try {
    if (!readOnly) db.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = ${synchronous}; PRAGMA wal_autocheckpoint = 0`)
    migrate(db, { file, migrations, readOnly })
  } catch (error) {
    db.close()
    throw error
  }
  return Object.freeze({
    file,
    db,
    transaction: <T>(fn: () => T): T => inTransaction(db, fn),
    checkpoint: () => void db.exec('PRAGMA wal_checkpoint(TRUNCATE)'),
    close: () => {
      if (db.isOpen) db.close()
    },
  })
}

function inTransaction<T>(db: DatabaseSync, fn: () => T): T {
  db.exec('BEGIN IMMEDIATE')
  try {
    const value = fn()
    db.exec('COMMIT')
    return value
  } catch (error) {
    // A full disk may have rolled it back already.
    if (db.isTransaction) db.exec('ROLLBACK')
    throw error
  }
}
