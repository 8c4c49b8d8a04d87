// selfheal digest: a day on one screen. Reads the journal; the words are journal/digest's.
import { Command, InvalidArgumentError } from 'commander'
import { durationMs } from '../core/index.ts'
import { digestOf, digestText } from '../journal/index.ts'
import { answer } from './answer.ts'
import { readEntries, wallText } from './journal-entries.ts'
import { placeToAsk } from './place.ts'

const DAY_MS = 86_400_000
const MOST = 10_000

export function digestCommand(): Command {
  return new Command('digest')
    .description('a day on one screen: what broke and healed, what is open, what creeps')
    .option('--since <time>', 'so far back (default: 1d)', time, DAY_MS)
    .option('--state <folder>', 'the state folder')
    .option('--json', 'one JSON object on stdout')
    .action(async (flags: { readonly since: number; readonly state?: string; readonly json?: boolean }) => {
      await answer(
        flags,
        async () => {
          const to = Date.now()
          const entries = await readEntries((await placeToAsk(flags)).folder, {
            since: to - flags.since,
            level: 'debug',
            limit: MOST,
          })
          // Where more came than can be asked for, it begins with the oldest of them.
          const from = entries.length === MOST ? entries[0]!.wall : to - flags.since
          return digestOf(entries, { from, to })
        },
        digest => digestText(digest, wall => wallText(wall).slice(0, 16)),
      )
    })
}

function time(value: string): number {
  const ms = durationMs(value)
  if (ms === undefined || ms === 0) throw new InvalidArgumentError('It is a time such as 12h, 1d or 7d.')
  return ms
}
