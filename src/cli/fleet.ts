// selfheal fleet: the machines of the fleet, who may restart, what holds for all of them. Uses the verbs of the fleet's part of the selfheal
// that runs here, or of the app's own where only that is in one.
import { Command } from 'commander'
import { durationMs, type Json } from '../core/index.ts'
import { answer } from './answer.ts'
import { usage } from './failure.ts'
import { machinesText, permitsText, statusText } from './fleet-text.ts'
import { type PlaceOptions, runningHere } from './place.ts'

interface FleetOptions extends PlaceOptions {
  readonly json?: boolean
  readonly why: string
  readonly for?: string
  readonly key?: string
}

async function partHere(options: PlaceOptions) {
  const { client, parts } = await runningHere(options)
  const part = parts.find(one => one.kind === 'fleet')
  if (part === undefined)
    throw usage(
      'What runs here is in no fleet.',
      'Start it with: selfheal run --fleet postgres://…; or in the app: heal.fleet({ engine }).',
    )
  return { client, part }
}

async function use(options: FleetOptions, verb: string, args: Readonly<Record<string, Json>> = {}): Promise<Json> {
  const { client, part } = await partHere(options)
  const forMs = options.for === undefined ? undefined : durationMs(options.for)
  if (options.for !== undefined && !forMs) throw usage(`--for ${options.for} is no time.`, 'Write it like 30m, 2h or 1d.')
  const until = forMs === undefined ? {} : { until: Date.now() + forMs }
  return client.act(part.path, verb, args, { by: process.env['USER'] ?? 'cli', why: options.why, ...until })
}

export function fleetCommand(): Command {
  const fleet = new Command('fleet').description('several machines: how they are, who may restart, what holds for all')
  const add = (name: string, description: string) =>
    fleet
      .command(name)
      .description(description)
      .option('--why <text>', 'kept in the journal', 'asked on the command line')
      .option('--state <folder>', 'the state folder')
      .option('--json', 'one JSON object on stdout')

  add('status', 'all machines, and how old what is known of them is').action((options: FleetOptions) =>
    answer(
      options,
      async () => {
        const { client, part } = await partHere(options)
        const machines = await client.act(part.path, 'machines', {}, { by: 'cli', why: 'status' }).catch(() => null)
        return { ...(part.snapshot as object), machines }
      },
      data => `${statusText(data)}${machinesText(data)}`,
    ),
  )
  add('permits', 'who restarts of its own will just now, and who waits here').action((options: FleetOptions) =>
    answer(options, async () => (await partHere(options)).part.snapshot, permitsText),
  )
  add('leave', 'this machine leaves for good: it is not counted as lost').action((options: FleetOptions) =>
    answer(
      options,
      () => use(options, 'leave'),
      () => 'It has left: its leases and permits are given back.',
    ),
  )
  add('force', 'use a verb of a part on all machines, such as: force db/breaker isolate')
    .argument('<target>', 'the end of a part’s path: selfheal tree --json shows them')
    .argument('<verb>', 'isolate, force, take-out, drain …')
    .option('--provider <name>', 'for a failover')
    .option('--for <time>', 'ends by itself')
    .action((target: string, verb: string, options: FleetOptions & { readonly provider?: string }) =>
      answer(
        options,
        () =>
          use(options, 'force', { target, verb, args: options.provider === undefined ? null : { provider: options.provider } }),
        () => `${target}: ${verb}, on all machines within two beats.`,
      ),
    )
  add('unforce', 'end what was forced on all machines')
    .argument('<target>', 'as it was forced')
    .action((target: string, options: FleetOptions) =>
      answer(
        options,
        () => use(options, 'unforce', { target }),
        () => `${target} is no longer forced.`,
      ),
    )
  add('forgive', 'let machines take a build again that was found bad')
    .argument('<build>', 'as selfheal fleet status names it')
    .action((build: string, options: FleetOptions) =>
      answer(
        options,
        () => use(options, 'forgive', { build }),
        () => `${build} is taken again.`,
      ),
    )
  return fleet
}
