// selfheal drill: breaks the running program on purpose, under load, and says whether its promises held. Options → target and scenario →
// drill/ → a report on stdout.
import { dirname, resolve } from 'node:path'
import { Argument, Command, InvalidArgumentError, Option } from 'commander'
import { durationMs } from '../core/index.ts'
import {
  asker,
  chooseProgram,
  controlArm,
  crash,
  crashDrill,
  progressLine,
  refuseProduction,
  reportText,
  supervised,
} from '../drill/index.ts'
import { answer } from './answer.ts'
import { usage } from './failure.ts'
import { place, runningHere } from './place.ts'

interface DrillFlags {
  readonly program?: string
  readonly rate: number
  readonly duration: number
  readonly path: string
  readonly timeout: number
  readonly kills: number
  readonly without?: 'supervision'
  readonly yesReally?: boolean
  readonly state?: string
  readonly config?: string
  readonly json?: boolean
}

/** So many requests are kept until the verdict. */
const MAX_REQUESTS = 500_000

export function drillCommand(): Command {
  return new Command('drill')
    .description('break the running program on purpose, under load, and judge how it heals')
    .addArgument(new Argument('<scenario>', 'crash: kill -9 of what serves').choices(['crash']))
    .option('--program <id>', 'which program (default: the only one with a port)')
    .option('--rate <n>', 'requests a second, each on a new connection (default: 100)', whole(1, 5_000), 100)
    .option('--duration <time>', 'how long the load runs; it is broken in the middle (default: 10s)', time(1_000), 10_000)
    .option('--path <path>', 'what is asked for (default: /)', pathOf, '/')
    .option('--timeout <time>', 'how long an answer may take (default: 10s)', time(1), 10_000)
    .option('--kills <n>', 'how many times it is killed, spread evenly (default: 1)', whole(1, 100), 1)
    .addOption(
      new Option('--without <pattern>', 'the control arm: the same program bare, to see what the pattern buys').choices([
        'supervision',
      ]),
    )
    .option('--yes-really', 'drill even where NODE_ENV is production')
    .option('--state <folder>', 'the state folder')
    .option('--config <file>', 'the configuration file')
    .option('--json', 'one JSON object on stdout')
    .action(async (_scenario: string, flags: DrillFlags) => {
      const stopping = new AbortController()
      const stop = () => stopping.abort()
      for (const signal of SIGNALS) process.on(signal, stop)
      await answer(
        flags,
        () => run(flags, stopping.signal),
        report => reportText(report, report.again),
      )
      for (const signal of SIGNALS) process.off(signal, stop)
      if (stopping.signal.aborted) process.exitCode = 130
    })
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

async function run(flags: DrillFlags, signal: AbortSignal) {
  if ((flags.rate * flags.duration) / 1_000 > MAX_REQUESTS)
    throw usage(
      `${flags.rate} requests a second for so long are more than ${MAX_REQUESTS} requests.`,
      'Lower --rate or --duration.',
    )
  const { client, parts } = await runningHere(flags)
  const chosen = chooseProgram(parts, flags.program)
  if (!flags.yesReally) refuseProduction(chosen.snapshot.pid)
  const target = flags.without === undefined ? supervised(client, chosen) : await bare(chosen, flags, signal)
  const line = process.stderr.isTTY
    ? (text: string) => void process.stderr.write(`\r\x1b[2K${text.slice(0, (process.stderr.columns || 80) - 1)}`)
    : undefined
  const over = new AbortController()
  try {
    const report = await crashDrill({
      target,
      scenario: crash({ kills: flags.kills }),
      ask: asker({ url: target.url, path: flags.path, timeoutMs: flags.timeout, signal: over.signal }),
      rate: flags.rate,
      durationMs: flags.duration,
      signal,
      ...(line === undefined ? {} : { onProgress: progress => line(progressLine(progress)) }),
    })
    if (report.verdict !== 'yes') process.exitCode = 1
    return { ...report, again: again(flags) }
  } finally {
    line?.('')
    // Requests still open would keep this process alive, and load on the program.
    over.abort()
    await target.close()
  }
}

async function bare({ path, snapshot }: ReturnType<typeof chooseProgram>, flags: DrillFlags, signal: AbortSignal) {
  const { loaded } = await place(flags)
  const configured = loaded?.config.programs?.[snapshot.id]
  const home = loaded === undefined ? process.cwd() : dirname(loaded.file)
  const command = snapshot.command ?? configured?.run
  if (command === undefined || command === null)
    throw usage(
      `How '${snapshot.id}' is started is not known here, so it can't be started bare.`,
      'Put it into selfheal.config.mts under programs (selfheal init writes a first one), and run it from there.',
    )
  const cwd = snapshot.cwd ?? resolve(home, configured?.cwd ?? '.')
  return controlArm({
    name: path,
    command,
    cwd,
    path: flags.path,
    signal,
    ...(configured?.env === undefined ? {} : { env: configured.env }),
  })
}

/** The command that does it again. */
function again({ program, rate, duration, path, timeout, kills, without, yesReally, state, config }: DrillFlags): string {
  const words = ['npx selfheal drill crash', `--rate ${rate}`, `--duration ${short(duration)}`]
  if (path !== '/') words.push(`--path ${quoted(path)}`)
  if (kills !== 1) words.push(`--kills ${kills}`)
  if (timeout !== 10_000) words.push(`--timeout ${short(timeout)}`)
  if (program !== undefined) words.push(`--program ${quoted(program)}`)
  if (without !== undefined) words.push(`--without ${without}`)
  if (yesReally) words.push('--yes-really')
  if (state !== undefined) words.push(`--state ${quoted(state)}`)
  if (config !== undefined) words.push(`--config ${quoted(config)}`)
  return words.join(' ')
}

const short = (ms: number) => (ms % 1_000 === 0 ? `${ms / 1_000}s` : `${ms}ms`)
const quoted = (word: string) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`)

function whole(least: number, most: number) {
  return (value: string) => {
    const n = Number(value)
    if (!Number.isSafeInteger(n) || n < least || n > most)
      throw new InvalidArgumentError(`It is a whole number from ${least} to ${most}.`)
    return n
  }
}

function time(leastMs: number) {
  return (value: string) => {
    const ms = durationMs(/^\d+$/.test(value) ? Number(value) : value)
    if (ms === undefined || ms < leastMs || ms > 3_600_000)
      throw new InvalidArgumentError(`It is a time such as 500ms, 30s or 5m: ${leastMs} ms to an hour.`)
    return ms
  }
}

function pathOf(value: string): string {
  if (!/^\/[\x21-\x7e]*$/.test(value)) throw new InvalidArgumentError('It begins with / and has no spaces, as in /health.')
  return value
}
