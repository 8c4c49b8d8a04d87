// selfheal run: keeps programs running. Data flow: options or configuration → system/programs → lines of output and of what was healed.
import { readFileSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { Command, InvalidArgumentError } from 'commander'
import { type ProgramConfig, stateFolder } from '../control/index.ts'
import { createEvents, type Duration, durationMs, type Event, type Size, sizeBytes } from '../core/index.ts'
import { story } from '../journal/index.ts'
import { readCommand } from '../program/index.ts'
import { type RunOptions, runPrograms } from '../system/index.ts'
import { fail } from './answer.ts'
import { usage } from './failure.ts'
import { watchParent } from './parent.ts'
import { becomeInit } from './pid-one.ts'
import { place } from './place.ts'
import { writer } from './writer.ts'

export interface RunFlags {
  readonly port: readonly string[]
  readonly name?: string
  readonly state?: string
  readonly config?: string
  readonly withParent?: boolean
  readonly intensity?: number
  readonly period?: Duration
  readonly backoff?: Duration
  readonly grace?: Duration
  readonly drain?: Duration
  readonly startWithin?: Duration
  readonly hang?: Duration
  readonly memory?: Size
  readonly ready?: 'listening' | 'line' | 'alive'
  readonly quiet?: boolean
  readonly spare?: boolean
}

const LAST_WORDS_MS = 1_000

export function runCommand(version: string): Command {
  return new Command('run')
    .description('keep a command running, its port held; without a command, the programs of selfheal.config.*')
    .argument('[command...]', 'the command and its arguments')
    .option(
      '-p, --port <address>',
      'hold this port: N, host:port or unix:/path; repeatable (default: the port a Node program asks for)',
      (value, all: readonly string[]) => [...all, value],
      [] as readonly string[],
    )
    .option('--name <name>', "what the program is called (default: the package's name, or the command's)")
    .option('--state <folder>', 'the state folder (default: .selfheal beside package.json)')
    .option('--config <file>', 'the configuration file (default: selfheal.config.*)')
    .option('--with-parent', 'stop when the process that started this is gone')
    .option('--intensity <n>', 'restarts in the period before it counts as crash-looping (default: 5)', wholeNumber)
    .option('--period <time>', 'the period of --intensity (default: 60s)', time)
    .option('--backoff <time>', 'first wait of a repeated restart; doubles, jittered, to 30 s (default: 100ms)', time)
    .option('--grace <time>', 'time to stop before it is killed (default: 8s)', time)
    .option('--drain <time>', 'of it, time for requests in flight (default: 7s)', time)
    .option('--start-within <time>', 'time to become ready (default: 30s)', time)
    .option('--hang <time>', 'a main thread that stands still so long is replaced (default: 5s)', time)
    .option('--memory <size>', 'replaced before it has more than that, such as 512MB (default: 85 % of cgroup or machine)', size)
    .option('--ready <when>', 'what makes it ready: listening, line or alive (default: found out)', ready)
    .option('--spare', 'keep one more process booted as far as its listen(): a crash is answered without a boot')
    .option('-q, --quiet', 'say only what went wrong')
    .passThroughOptions()
    .action(async (command: string[], flags: RunFlags) => {
      try {
        await run(command, flags, version)
      } catch (error) {
        fail(error)
      }
    })
}

async function run(command: readonly string[], flags: RunFlags, version: string): Promise<void> {
  const [out, err] = [writer(1), writer(2)]
  const say = (line: string) => err(`selfheal: ${line}\n`)
  if (process.platform !== 'linux') say(PLATFORM[process.platform] ?? `${process.platform} is untried: expect gaps.`)

  becomeInit(say)

  // ── 1. What to run, checked before anything is held
  const cwd = process.cwd()
  const { loaded } = await place(flags)
  const programs = command.length > 0 ? fromCommand(command, flags, cwd) : fromConfig(loaded?.config.programs, flags)
  const home = loaded === undefined ? cwd : dirname(loaded.file)
  for (const { argv, run, cwd: own } of Object.values(programs)) readCommand(argv ?? run, resolve(home, own ?? '.'))
  const folder = stateFolder({ flag: flags.state, config: loaded?.config.state, configFile: loaded?.file, cwd, env: process.env })

  // ── 2. Stop when told
  const controller = new AbortController()
  let asked = 0
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(signal, () => {
      if (asked++ === 0) {
        say(`stopping (${signal})…`)
        controller.abort(signal)
      } else if (asked === 2) say('still stopping; once more kills everything at once.')
      else process.exit(130)
    })
  if (flags.withParent) watchParent(says => controller.abort(says))

  // ── 3. Run
  const events = createEvents()
  events.on('*', event => {
    if (isTold(event, flags.quiet ?? false)) say(story(event))
  })
  const options: RunOptions = {
    name: packageName(home),
    version,
    folder,
    cwd: home,
    programs,
    output: (text, stream) => (stream === 0 ? out : err)(text),
    events,
    signal: controller.signal,
    ...(loaded?.config.journal === undefined ? {} : { journal: loaded.config.journal }),
    ...(flags.intensity === undefined ? {} : { intensity: flags.intensity }),
    ...(flags.period === undefined ? {} : { period: flags.period }),
    ...(flags.backoff === undefined ? {} : { backoff: flags.backoff }),
  }
  try {
    const running = await runPrograms(options)
    for (const { program, url } of running.urls()) if (!flags.quiet) say(`${program}: ${url}`)
    await running.stopped
    if (!flags.quiet) say('stopped.')
  } catch (error) {
    if (!controller.signal.aborted) throw error
  } finally {
    await Promise.all([out.drained(LAST_WORDS_MS), err.drained(LAST_WORDS_MS)])
  }
  process.exit()
}

type Programs = RunOptions['programs']

export function fromCommand(command: readonly string[], flags: RunFlags, cwd: string): Programs {
  const name =
    (flags.name ?? packageName(cwd))
      .toLowerCase()
      .replace(/[^a-z0-9-]+/g, '-')
      .replace(/^[^a-z]+/, '') || 'app'
  return {
    [name]: { run: command.join(' '), argv: command, ...(flags.port.length > 0 ? { ports: flags.port } : {}), ...timesOf(flags) },
  }
}

export function fromConfig(programs: Readonly<Record<string, ProgramConfig>> | undefined, flags: RunFlags): Programs {
  if (programs === undefined || Object.keys(programs).length === 0)
    throw usage(
      'there is nothing to run: no command was given, and no programs are configured here.',
      'Give a command, as in: selfheal run node server.js. Or write a configuration with: selfheal init',
    )
  if (flags.port.length > 0 || flags.name !== undefined)
    throw usage(
      '--port and --name go with a command; the programs of the configuration have their own.',
      "Set ports there, as in: programs: { app: { run: 'node server.js', ports: [3000] } }",
    )
  return Object.fromEntries(Object.entries(programs).map(([name, program]) => [name, { ...program, ...timesOf(flags) }]))
}

function timesOf({ grace, drain, startWithin, ready, hang, spare, memory }: RunFlags): Partial<Programs[string]> {
  return {
    ...(grace === undefined ? {} : { grace }),
    ...(drain === undefined ? {} : { drain }),
    ...(startWithin === undefined ? {} : { startWithin }),
    ...(ready === undefined ? {} : { ready }),
    ...(hang === undefined ? {} : { hang }),
    ...(spare === undefined ? {} : { spare }),
    ...(memory === undefined ? {} : { memory }),
  }
}

export function packageName(folder: string): string {
  try {
    const { name } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { name?: unknown }
    if (typeof name === 'string' && name !== '') return name.replace(/^@[^/]+\//, '')
  } catch {
    // No package.json, or none that can be read: the folder has a name too.
  }
  return basename(folder) || 'app'
}

/** What a person at the terminal hears of: what went wrong, what was done about it. All of it is in the journal. */
const TOLD = new Set([
  'program.port_held',
  'program.ready',
  'program.exited',
  'program.hung',
  'program.uncaught',
  'program.memory_over',
  'system.own_fault',
  'system.renewing',
  'system.renewal_failed',
  'program.listens_elsewhere',
  'supervisor.child_restarting',
  'supervisor.child_start_failed',
  'supervisor.crash_looping',
  'supervisor.recovered',
  'supervisor.child_unstopped',
  'supervisor.exhausted',
])

/** Of these the program's own end, or the failure at the end of the command, has told already. */
const SAID_BY_OTHERS = new Set<unknown>(['SELFHEAL_CRASHED_AT_START', 'SELFHEAL_ENDED_AT_ONCE'])

/** A first start that fails by one of these ends the command, which says so. */
const SAID_LAST = new Set<unknown>(['SELFHEAL_PORT_TAKEN', 'SELFHEAL_NODE_TOO_OLD', 'SELFHEAL_SPAWN_FAILED'])

function isTold({ name, level, data }: Event, quiet: boolean): boolean {
  const { error, generation } = data as { error?: { code?: unknown }; generation?: number }
  if (
    name === 'supervisor.child_start_failed' &&
    (SAID_BY_OTHERS.has(error?.code) || (generation === 1 && SAID_LAST.has(error?.code)))
  )
    return false
  // Stopped before it was ready: that is no failure.
  if (name === 'supervisor.child_start_failed' && level === 'info') return false
  return TOLD.has(name) && (!quiet || level === 'warn' || level === 'alarm')
}

const PLATFORM: Readonly<Record<string, string>> = {
  darwin: 'on macOS: held ports, restarts and the hand-up work; which process has a port, and out-of-memory kills, are not told.',
  win32: 'on Windows nothing of `run` works yet (no inherited sockets); use WSL 2.',
}

function wholeNumber(value: string): number {
  const n = Number(value)
  if (!Number.isSafeInteger(n) || n < 0) throw new InvalidArgumentError('It is a whole number, 0 or more.')
  return n
}

function time(value: string): Duration {
  const ms = durationMs(/^\d+$/.test(value) ? Number(value) : value)
  if (ms === undefined) throw new InvalidArgumentError('It is a time such as 500ms, 30s or 5m.')
  return ms
}

function size(value: string): Size {
  const bytes = sizeBytes(/^\d+$/.test(value) ? Number(value) : value)
  if (bytes === undefined) throw new InvalidArgumentError('It is a size such as 512MB or 1.5GB; 0 is no limit.')
  return bytes
}

function ready(value: string): 'listening' | 'line' | 'alive' {
  if (value !== 'listening' && value !== 'line' && value !== 'alive')
    throw new InvalidArgumentError('It is listening, line or alive.')
  return value
}
