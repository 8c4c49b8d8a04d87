// selfheal journal: what went wrong and what healed it, oldest first. Asks the running selfheal; reads the file when none runs.

import { Command, InvalidArgumentError } from 'commander'
import { durationMs, type Level } from '../core/index.ts'
import { type Entry, type Query, story, withoutEchoes } from '../journal/index.ts'
import { answer } from './answer.ts'
import { readEntries, wallText } from './journal-entries.ts'
import { placeToAsk } from './place.ts'

interface JournalFlags {
  readonly json?: boolean
  readonly state?: string
  readonly since?: number
  readonly source?: string
  readonly name?: string
  readonly level?: Level
  readonly incident?: string
  readonly limit: number
  readonly follow?: boolean
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
    .option('-f, --follow', 'go on with whatever comes, until Ctrl-C; with --json one entry a line')
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
          const { folder } = await placeToAsk(flags)
          if (flags.follow)
            await follow(folder, query, entries => {
              const lines = flags.json ? entries.map(entry => JSON.stringify(entry)) : withoutEchoes(entries).map(lineOf)
              if (lines.length > 0) process.stdout.write(`${lines.join('\n')}\n`)
            })
          return readEntries(folder, query)
        },
        entries => withoutEchoes(entries).map(lineOf).join('\n') || none(flags),
      )
    })
}

function lineOf(entry: Entry): string {
  return `${wallText(entry.wall, { millis: true })} ${MARK[entry.level]} ${story(entry)}`
}

/** Nothing at all, or nothing of what was asked. */
const none = ({ since, source, name, incident, level }: JournalFlags) =>
  since === undefined && source === undefined && name === undefined && incident === undefined && level === 'info'
    ? 'Nothing is recorded here yet.'
    : `Nothing is recorded here that fits${since === undefined ? '' : `, since ${wallText(since)}`}.`

const FOLLOW_MS = 300

/** Whatever comes, until it is stopped: over restarts of selfheal, and beside a file that nobody writes just now. */
async function follow(folder: string, query: Query, print: (entries: readonly Entry[]) => void): Promise<void> {
  const { limit: _, since: __, ...filter } = query
  let entries = await readEntries(folder, query)
  print(entries)
  let afterRow = entries.at(-1)?.row ?? (await readEntries(folder, { limit: 1 })).at(-1)?.row ?? 0
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => process.exit(0))
  for (;;) {
    await new Promise(resolve => setTimeout(resolve, FOLLOW_MS))
    // Between two lives of selfheal nobody answers for a moment.
    entries = await readEntries(folder, { ...filter, afterRow, limit: 1_000 }).catch(() => [])
    print(entries)
    afterRow = entries.at(-1)?.row ?? afterRow
  }
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
