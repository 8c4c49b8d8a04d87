// Entries of the journal, for the commands that tell of it: asks the running selfheal; reads the file when none runs.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { controlClient } from '../control/index.ts'
import { type Json, SelfhealError } from '../core/index.ts'
import { type Entry, type Query, readJournal } from '../journal/index.ts'

export async function readEntries(folder: string, query: Query): Promise<readonly Entry[]> {
  const client = controlClient(folder)
  try {
    const { parts } = await client.parts()
    const part = parts.find(one => one.kind === 'journal')!
    return (await client.act(part.path, 'query', query as unknown as Json, {
      by: 'cli',
      why: 'selfheal journal',
    })) as unknown as readonly Entry[]
  } catch (error) {
    if (!(error instanceof SelfhealError) || error.code !== 'SELFHEAL_NOTHING_RUNS') throw error
    const file = join(folder, 'journal.db')
    if (!existsSync(file)) throw error
    const reader = readJournal(file)
    try {
      return await reader.query(query)
    } finally {
      reader[Symbol.dispose]()
    }
  }
}

/** As people read it, in their own time zone: '2026-11-24 13:42:07'. */
export function wallText(wall: number, { millis = false } = {}): string {
  const at = new Date(wall)
  const two = (n: number) => String(n).padStart(2, '0')
  const day = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`
  const time = `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`
  return `${day} ${time}${millis ? `.${String(at.getMilliseconds()).padStart(3, '0')}` : ''}`
}
