// Reads a journal without its writer: when no supervisor runs, or beside one. Changes nothing.
import { existsSync } from 'node:fs'
import { SelfhealError } from '../core/index.ts'
import { openStore, storeError } from '../store/index.ts'
import type { JournalReader, Query } from './entry.ts'
import { checkQuery } from './options.ts'
import { readEntries, readWhy } from './record.ts'
import { migrations } from './schema.ts'

/** Throws SelfhealError: SELFHEAL_JOURNAL_MISSING, or what the store says. */
export function readJournal(file: string): JournalReader & Disposable & { close(): void } {
  if (!existsSync(file))
    throw new SelfhealError(
      'SELFHEAL_JOURNAL_MISSING',
      `There is no journal yet: ${file}`,
      'It begins with the first: selfheal run',
    )
  const store = openStore(file, { migrations, readOnly: true })
  const read = <T>(fn: () => T): T => {
    try {
      return fn()
    } catch (error) {
      throw storeError(error, file)
    }
  }
  return Object.freeze({
    async query(query: Query = {}) {
      const checked = checkQuery(query)
      return read(() => readEntries(store.db, checked))
    },
    why: async (id: string) => read(() => readWhy(store.db, String(id))),
    close: store.close,
    [Symbol.dispose]: store.close,
  })
}
