// selfheal journal: what went wrong and what healed it, oldest first. Asks the running selfheal; reads the file when none runs.

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { Command, InvalidArgumentError } from 'commander'
import { controlClient } from '../control/index.ts'
import { durationMs, type Json, type Level, SelfhealError } from '../core/index.ts'
import { type Entry, type Query, readJournal, story } from '../journal/index.ts'
import { answer } from './answer.ts'
import { place } from './place.ts'

interface JournalFlags {
  readonly json?: boolean
  readonly state?: string
  readonly since?: number
  readonly source?: string
  readonly name?: string
  readonly level?: Level
  readonly incident?: string
  readonly limit: number
}

const MARK: Readonly<Record<Level, string>> = { debug: ' ', info: ' ', warn: '!', alarm: '‼' }

export function journalCommand(): Command {
  return new Command('journal')
    .description('what went wrong, what healed it, and why')
    .option('--since <time>', 'only the last 10m, 2h, 1d …', ago)
    .option('--source <path>', 'only this part and what is under it')
    .option('--name <event>', 'only this event, such as program.exited')
    .option('--level <level>', 'this level and above: debug, info, warn, alarm', level, 'info')
    .option('--incident <id>', 'only the incident that this event belongs to')
    .option('--limit <n>', 'the newest n entries (default: 100)', count, 100)
    .option('--state <folder>', 'the state folder')
    .option('--json', 'one JSON object on stdout')
    .action(async (flags: JournalFlags) => {
      await answer(
        flags,
        async () => {
          const { since, source, name, level, incident, limit } = flags
          const query = Object.fromEntries(
            Object.entries({ since, source, name, level, incident, limit }).filter(([, value]) => value !== undefined),
          ) as Query
          return read((await place(flags)).folder, query)
        },
        entries => withoutEchoes(entries).map(lineOf).join('\n') || 'Nothing is recorded here yet.',
      )
    })
}

async function read(folder: string, query: Query): Promise<readonly Entry[]> {
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

/** A supervisor repeats what its program has told: its own line says nothing more to a person. */
const ECHOES = new Set(['supervisor.child_started', 'supervisor.child_exited', 'supervisor.child_start_failed'])

function withoutEchoes(entries: readonly Entry[]): readonly Entry[] {
  return entries.filter(
    ({ name, source }, i) =>
      !(ECHOES.has(name) && i > 0 && entries[i - 1]!.source === source && entries[i - 1]!.name.startsWith('program.')),
  )
}

function lineOf(entry: Entry): string {
  const at = new Date(entry.wall)
  const two = (n: number) => String(n).padStart(2, '0')
  const day = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`
  return `${day} ${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}.${String(at.getMilliseconds()).padStart(3, '0')} ${MARK[entry.level]} ${story(entry)}`
}

function ago(value: string): number {
  const ms = durationMs(value)
  if (ms === undefined) throw new InvalidArgumentError('It is a time such as 10m, 2h or 1d.')
  return Date.now() - ms
}

function level(value: string): string {
  if (!['debug', 'info', 'warn', 'alarm'].includes(value)) throw new InvalidArgumentError('It is debug, info, warn or alarm.')
  return value
}

function count(value: string): number {
  const n = Number(value)
  if (!Number.isSafeInteger(n) || n < 1 || n > 10_000) throw new InvalidArgumentError('It is a whole number from 1 to 10000.')
  return n
}
