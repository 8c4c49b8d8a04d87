// selfheal logs: what the programs said last, from the memory of the running selfheal. With -f, what they say from now on.
import { setTimeout as sleep } from 'node:timers/promises'
import { Command, InvalidArgumentError } from 'commander'
import type { Json } from '../core/index.ts'
import { answer, fail } from './answer.ts'
import { runningHere } from './place.ts'

interface LogFlags {
  readonly json?: boolean
  readonly state?: string
  readonly follow?: boolean
  readonly lines: number
}
interface Line {
  readonly n: number
  readonly text: string
}

const LOOK_MS = 300
const BY = { by: 'cli', why: 'selfheal logs' }

export function logsCommand(): Command {
  return new Command('logs')
    .description('what the programs said last')
    .argument('[program...]', 'these (default: all)')
    .option('-n, --lines <n>', 'the newest n lines', count, 100)
    .option('-f, --follow', 'go on with what they say from now on')
    .option('--state <folder>', 'the state folder')
    .option('--json', 'one JSON object on stdout; with -f one for each line')
    .action(async (programs: string[], flags: LogFlags) => {
      const some = programs.length > 0 ? { programs } : {}
      if (!flags.follow)
        return answer(
          flags,
          async () => (await read(flags, { ...some, lines: flags.lines })) as unknown as readonly Line[],
          lines => lines.map(line => line.text).join('\n'),
        )
      try {
        let after = 0
        for (let lines = flags.lines; ; lines = 5_000) {
          const said = (await read(flags, { ...some, lines, after })) as unknown as readonly Line[]
          for (const line of said) process.stdout.write(`${flags.json ? JSON.stringify({ v: 1, ...line }) : line.text}\n`)
          after = said.at(-1)?.n ?? after
          await sleep(LOOK_MS)
        }
      } catch (error) {
        fail(error, flags.json)
      }
    })
}

async function read(flags: LogFlags, query: Json): Promise<Json> {
  const { client, parts } = await runningHere(flags)
  return client.act(parts.find(part => part.kind === 'system')!.path, 'logs', query, BY)
}

function count(value: string): number {
  const n = Number(value)
  if (!Number.isSafeInteger(n) || n < 1 || n > 5_000) throw new InvalidArgumentError('It is a whole number from 1 to 5000.')
  return n
}
