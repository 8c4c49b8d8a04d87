// Where telling stands, on disk: a small file that only this user reads, replaced as a whole; and the journal, opened for each look, so that
// one that is moved or begun anew is found.
import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { readJournal } from '../journal/index.ts'
import type { NotifierOptions, NotifyState } from './notify.ts'

const MOST = 10_000

export function readNotifyState(file: string): NotifyState | undefined {
  try {
    const state = JSON.parse(readFileSync(file, 'utf8')) as NotifyState
    return typeof state.row === 'number' && Array.isArray(state.outbox) && typeof state.cases?.told === 'object'
      ? state
      : undefined
  } catch {
    return undefined
  }
}

export function keepNotifyState(file: string): NotifierOptions['keep'] {
  let last = ''
  return state => {
    const text = JSON.stringify(state)
    if (text === last) return
    try {
      writeFileSync(`${file}.new`, text, { mode: 0o600 })
      renameSync(`${file}.new`, file)
      last = text
    } catch {
      // A full disk: it goes on from memory, and tries at the next look.
    }
  }
}

export function readsJournal(file: string): NotifierOptions['read'] {
  return async query => {
    const journal = readJournal(file)
    try {
      if (!('afterRow' in query)) return await journal.query({ ...query, limit: MOST })
      const newest = (await journal.query({ limit: 1 }))[0]?.row ?? 0
      // Begun anew: its rows are counted from one.
      return await journal.query({ afterRow: newest < query.afterRow ? 0 : query.afterRow, limit: MOST })
    } finally {
      journal.close()
    }
  }
}
