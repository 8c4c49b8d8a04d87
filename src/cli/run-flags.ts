// What `selfheal run` and its likes are told on the command line, and the programs it makes: one of a command, or those of the
// configuration. Reads arguments; starts nothing.
import { readFileSync } from 'node:fs'
import { basename, extname, join } from 'node:path'
import { type Command, InvalidArgumentError } from 'commander'
import type { ProgramConfig } from '../control/index.ts'
import { type Duration, durationMs, type Size, sizeBytes } from '../core/index.ts'
import type { RunOptions } from '../system/index.ts'
import { usage } from './failure.ts'

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
  readonly dashboard?: string | true
  readonly spare?: boolean
  readonly instances?: number
  readonly standby?: string
  readonly maxUptime?: Duration
  readonly json?: boolean
  readonly fleet?: string
  readonly metrics?: string
  readonly auto?: boolean
  readonly fleetBeat?: Duration
}

/** Of sources or of what was built, as this file is. */
const AUTO = new URL(`../auto/index${extname(import.meta.url)}`, import.meta.url).href

export function withRunOptions(command: Command): Command {
  return command
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
    .option('--instances <n>', 'so many lives at a time, all on the same sockets (default: 1)', atLeastOne)
    .option(
      '--standby <folder|command|stale>',
      'what answers while it crash-loops or is stopped; stale, or stale:/,/shop/*: its last good public answers (default: 503 with a small page)',
    )
    .option('--max-uptime <time>', 'a life that is so old is replaced, up to a fifth earlier (default: never)', time)
    .option('--fleet <address>', 'one machine of several, which share postgres://…, redis://… or nats://… (docs/fleet.md)')
    .option('--metrics <address>', 'serve /metrics, /live, /ready and /health there, such as 127.0.0.1:9464 (default: nowhere)')
    .option('--auto', 'guard what the program uses (databases, caches, fetch, its servers) without a line of code: docs/auto.md')
    .option('--fleet-beat <time>', 'between two signs of life to the fleet (default: 2s)', time)
    .option('-q, --quiet', 'say only what went wrong')
}

type Programs = RunOptions['programs']

export function fromCommand(command: readonly string[], flags: RunFlags, cwd: string): Programs {
  const name =
    (flags.name ?? packageName(cwd))
      .toLowerCase()
      .replace(/[^a-z0-9-]+/g, '-')
      .replace(/^[^a-z]+/, '') || 'app'
  return {
    [name]: withAuto(flags, {
      run: command.join(' '),
      argv: command,
      ...(flags.port.length > 0 ? { ports: flags.port } : {}),
      ...timesOf(flags),
    }),
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
  return Object.fromEntries(
    Object.entries(programs).map(([name, program]) => [name, withAuto(flags, { ...program, ...timesOf(flags) })]),
  )
}

function withAuto(flags: RunFlags, program: Programs[string]): Programs[string] {
  if (flags.auto !== true && program.auto !== true) return program
  const options = program.env?.['NODE_OPTIONS'] ?? process.env['NODE_OPTIONS'] ?? ''
  return { ...program, auto: true, env: { ...program.env, NODE_OPTIONS: `${options} --import=${AUTO}`.trim() } }
}

function timesOf(flags: RunFlags): Partial<Programs[string]> {
  const { grace, drain, startWithin, ready, hang, spare, memory, instances, standby, maxUptime } = flags
  return {
    ...(grace === undefined ? {} : { grace }),
    ...(drain === undefined ? {} : { drain }),
    ...(startWithin === undefined ? {} : { startWithin }),
    ...(ready === undefined ? {} : { ready }),
    ...(hang === undefined ? {} : { hang }),
    ...(spare === undefined ? {} : { spare }),
    ...(memory === undefined ? {} : { memory }),
    ...(instances === undefined ? {} : { instances }),
    ...(standby === undefined ? {} : { standby }),
    ...(maxUptime === undefined ? {} : { maxUptime }),
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

function wholeNumber(value: string): number {
  const n = Number(value)
  if (!Number.isSafeInteger(n) || n < 0) throw new InvalidArgumentError('It is a whole number, 0 or more.')
  return n
}

function atLeastOne(value: string): number {
  const n = wholeNumber(value)
  if (n < 1) throw new InvalidArgumentError('It is a whole number, 1 or more.')
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
