// Brings a database file to our schema: migration n takes user_version from n to n + 1, each in a transaction of its own.
import type { DatabaseSync } from 'node:sqlite'
import { SelfhealError } from '../core/index.ts'

export interface Schema {
  readonly file: string
  readonly migrations: readonly string[]
  readonly readOnly: boolean
}

/** Throws SelfhealError SELFHEAL_STORE_NEWER for a file that a newer selfheal wrote, SELFHEAL_STORE_OLDER for an old one read-only. */
export function migrate(db: DatabaseSync, { file, migrations, readOnly }: Schema): void {
  for (;;) {
    const at = version(db)
    if (at > migrations.length)
      throw new SelfhealError(
        'SELFHEAL_STORE_NEWER',
        `${file} was written by a newer selfheal (its schema is ${at}, this one knows ${migrations.length})`,
        'Update selfheal, or move the file away to begin a new one.',
      )
    if (at === migrations.length) return
    if (readOnly)
      throw new SelfhealError(
        'SELFHEAL_STORE_OLDER',
        `${file} was written by an older selfheal (its schema is ${at}, this one reads ${migrations.length})`,
        'Start selfheal run once: it brings the file up to date.',
      )
    step(db, at, migrations[at]!)
  }
}

function step(db: DatabaseSync, from: number, sql: string) {
  db.exec('BEGIN IMMEDIATE')
  try {
    // Another process may have done it between our look and our turn.
    if (version(db) === from) db.exec(`${sql}; PRAGMA user_version = ${from + 1}`)
    db.exec('COMMIT')
  } catch (error) {
    if (db.isTransaction) db.exec('ROLLBACK')
    throw error
  }
}

function version(db: DatabaseSync): number {
  return Number(db.prepare('PRAGMA user_version').get()!['user_version'])
}
