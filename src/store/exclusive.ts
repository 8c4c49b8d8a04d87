// A file that one process holds: an exclusive SQLite transaction, which the kernel frees however the process ends, kill -9 too.
// Must not be opened in any other way by its holder: closing a second descriptor of it would free it.
import type { DatabaseSync } from 'node:sqlite'
import { isBroken, storeError } from './errors.ts'
import { makePrivate } from './private-file.ts'
import { setAside } from './set-aside.ts'
import { openDatabase } from './sqlite.ts'

/** A database that nobody refers to is closed when garbage is collected, and the file would be free. */
const holding = new Set<DatabaseSync>()

/**
 * Holds `file` until the returned function is called or the process ends. Never waits: held by another, it throws SelfhealError
 * SELFHEAL_STORE_BUSY. Nothing is kept in the file, so a damaged one is begun anew.
 */
export function holdExclusively(file: string): () => void {
  try {
    return hold(file)
  } catch (error) {
    if (!isBroken(error)) throw storeError(error, file)
  }
  try {
    setAside(file)
    return hold(file)
  } catch (error) {
    throw storeError(error, file)
  }
}

function hold(file: string): () => void {
  makePrivate(file)
  const db = openDatabase(file, { timeout: 0 })
  try {
    db.exec('PRAGMA journal_mode = DELETE; BEGIN EXCLUSIVE')
  } catch (error) {
    db.close()
    throw error
  }
  holding.add(db)
  return () => {
    if (!holding.delete(db)) return
    db.exec('ROLLBACK')
    db.close()
  }
}
