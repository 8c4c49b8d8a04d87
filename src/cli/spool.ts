// selfheal spool: writes that wait on disk, and dead letters: seen, tried again, dropped. Uses the verbs of the app's own part.
import { Command } from 'commander'
import { formatMs, type Json } from '../core/index.ts'
import { answer } from './answer.ts'
import { usage } from './failure.ts'
import { type PlaceOptions, runningHere } from './place.ts'

interface SpoolOptions extends PlaceOptions {
  readonly json?: boolean
  readonly part?: string
  readonly why: string
}
interface Row {
  readonly key: string
  readonly kind: string
  readonly state: string
  readonly acceptedAt: number
  readonly tries: number
  readonly reason?: string
}

async function use(options: SpoolOptions, verb: string, args: Json): Promise<Json> {
  const { client, parts } = await runningHere(options)
  const spools = parts.filter(part => part.kind === 'spool' && (options.part === undefined || part.path === options.part))
  if (spools.length === 0)
    throw usage('The app that runs here keeps no writes.', 'It makes a spool with heal.spool(…): see docs/feature.md.')
  if (spools.length > 1)
    throw usage('There are several spools.', `Name one with --part: ${spools.map(part => part.path).join(', ')}`)
  return client.act(spools[0]!.path, verb, args, { by: process.env['USER'] ?? 'cli', why: options.why })
}

export function spoolCommand(): Command {
  const spool = new Command('spool').description('writes that wait on disk, and dead letters')
  const add = (name: string, description: string) =>
    spool
      .command(name)
      .description(description)
      .option('--part <path>', 'which spool, if there are several')
      .option('--why <text>', 'kept in the journal', 'asked on the command line')
      .option('--state <folder>', 'the state folder')
      .option('--json', 'one JSON object on stdout')
  add('list', 'dead letters, or what is in another state')
    .argument('[state]', 'dead, pending, applied or dropped', 'dead')
    .action((state: string, options: SpoolOptions) =>
      answer(
        options,
        () => use(options, 'list', { state }),
        data => rows(data, state),
      ),
    )
  for (const verb of ['retry', 'drop'] as const)
    add(verb, verb === 'retry' ? 'try a dead letter again' : 'drop a dead letter for good')
      .argument('<key>', "its key, or 'all'")
      .action((key: string, options: SpoolOptions) =>
        answer(
          options,
          () => use(options, verb, { key }),
          data => said(data, verb),
        ),
      )
  return spool
}

function rows(data: Json, state: string): string {
  const found = data as unknown as readonly Row[]
  if (found.length === 0) return state === 'dead' ? 'No dead letters.' : `None is ${state}.`
  return found
    .map(({ key, kind, acceptedAt, tries, reason }) =>
      [key, kind, `${formatMs(Date.now() - acceptedAt)} old`, `${tries} ${tries === 1 ? 'try' : 'tries'}`, reason ?? '']
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

function said(data: Json, verb: 'retry' | 'drop'): string {
  const { keys } = data as unknown as { keys: readonly string[] }
  if (keys.length === 0) return 'There was no dead letter.'
  const what = keys.length === 1 ? keys[0] : `${keys.length} dead letters`
  return verb === 'retry' ? `${what} will be tried again.` : `${what} ${keys.length === 1 ? 'is' : 'are'} dropped.`
}
