// selfheal failover: the providers of each failover, what is pending or needs a person, and what an operator may order. Uses the verbs of
// the app's own parts; with several processes of one app any of them will do: orders and intents are in the ledger they share.
import { Command } from 'commander'
import { durationMs, type Json } from '../core/index.ts'
import { answer } from './answer.ts'
import { drilled, listed, resolved, shownIntent, voided } from './failover-text.ts'
import { usage } from './failure.ts'
import { type PlaceOptions, runningHere } from './place.ts'

interface FailoverOptions extends PlaceOptions {
  readonly json?: boolean
  readonly failover?: string
  readonly why: string
  readonly for?: string
  readonly as?: string
  readonly provider?: string
  readonly limit?: string
}

const LONGEST_DRILL_MS = 100_000

async function use(options: FailoverOptions, verb: string, args: Readonly<Record<string, Json>>, forMs?: number): Promise<Json> {
  const { client, parts } = await runningHere(options)
  const all = parts.filter(part => part.kind === 'failover')
  const names = [...new Set(all.map(part => part.path.split('/').at(-1)!))]
  if (names.length === 0)
    throw usage('The app that runs here has no failover.', 'It makes one with heal.failover(…): see docs/failover.md.')
  const name = options.failover ?? (names.length === 1 ? names[0]! : undefined)
  if (name === undefined) throw usage('There are several failovers.', `Name one with --failover: ${names.join(', ')}`)
  const part = all.find(one => one.path.split('/').at(-1) === name)
  if (part === undefined) throw usage(`There is no failover ${name}.`, `There are: ${names.join(', ')}.`)
  const until = forMs === undefined ? {} : { until: Date.now() + forMs }
  return client.act(part.path, verb, args, {
    by: process.env['USER'] ?? process.env['LOGNAME'] ?? 'cli',
    why: options.why,
    ...until,
  })
}

function timeOf(text: string | undefined): number | undefined {
  const ms = text === undefined ? undefined : durationMs(text)
  if (text !== undefined && (ms === undefined || ms === 0))
    throw usage(`--for ${text} is no time.`, 'Write it like 30m, 2h or 1d.')
  return ms
}

export function failoverCommand(): Command {
  const failover = new Command('failover').description('providers behind a failover, and what is pending there')
  const add = (name: string, description: string) =>
    failover
      .command(name)
      .description(description)
      .option('--failover <name>', 'which one, if there are several')
      .option('--why <text>', 'kept in the journal', 'asked on the command line')
      .option('--state <folder>', 'the state folder')
      .option('--json', 'one JSON object on stdout')

  add('list', 'the providers, and the newest intents')
    .argument('[state]', 'open, pending, ok, declined, not_done, unresolved or twice; default: all')
    .option('--limit <n>', 'how many', '20')
    .action((state: string | undefined, options: FailoverOptions) =>
      answer(options, () => use(options, 'list', { state: state ?? '', limit: Number(options.limit) }), listed),
    )
  add('show', 'one intent: every try, and what came of it')
    .argument('<key>', 'the intent’s key')
    .action((key: string, options: FailoverOptions) => answer(options, () => use(options, 'show', { key }), shownIntent))
  add('reconcile', 'look now at what is due, or at one intent')
    .argument('[key]', 'the intent’s key; default: all that is due')
    .action((key: string | undefined, options: FailoverOptions) =>
      answer(
        options,
        () => use(options, 'reconcile', { key: key ?? '' }),
        data => resolved(data),
      ),
    )

  const orders = [
    ['force', 'new intents begin at this provider'],
    ['drain', 'none begin at this provider; what is under way is finished'],
    ['take-out', 'nothing at all goes to this provider'],
  ] as const
  for (const [verb, description] of orders)
    add(verb, description)
      .argument('<provider>', 'its name')
      .option('--for <time>', 'ends by itself: 30m, 2h; default: when you end it')
      .action((provider: string, options: FailoverOptions) =>
        answer(options, async () => use(options, verb, { provider }, timeOf(options.for)), listed),
      )
  add('release', 'ends what was ordered')
    .argument('[provider]', 'default: all of them')
    .action((provider: string | undefined, options: FailoverOptions) =>
      answer(options, () => use(options, 'release', { provider: provider ?? '' }), listed),
    )
  add('void', 'undoes what was done once too often')
    .argument('<key>', 'the intent’s key')
    .option('--provider <name>', 'only there')
    .action((key: string, options: FailoverOptions) =>
      answer(options, () => use(options, 'void', { key, provider: options.provider ?? '' }), voided),
    )
  add('resolve', 'the last word on an intent that nobody can tell, from the provider’s books')
    .argument('<key>', 'the intent’s key')
    .requiredOption('--as <what>', 'ok or not_done')
    .action((key: string, options: FailoverOptions) =>
      answer(options, () => use(options, 'resolve', { key, as: options.as ?? '' }), voided),
    )
  add('drill', 'switches to the backup for a while: does it really take over, and what does it cost?')
    .argument('[provider]', 'default: the first that is not in use')
    .option('--for <time>', 'at most 100s', '30s')
    .action((provider: string | undefined, options: FailoverOptions) =>
      answer(
        options,
        async () => {
          const forMs = timeOf(options.for)!
          if (forMs > LONGEST_DRILL_MS)
            throw usage(
              `--for ${options.for} is too long.`,
              'A drill lasts at most 100s; force a provider for longer: selfheal failover force.',
            )
          const data = await use(options, 'drill', { provider: provider ?? '', forMs })
          // Without a call it proves nothing, which is no yes.
          if ((data as { calls?: Json }).calls === 0) process.exitCode = 1
          return data
        },
        drilled,
      ),
    )
  return failover
}
