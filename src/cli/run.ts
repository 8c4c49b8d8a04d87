// selfheal run: keeps programs running. Data flow: options or configuration → system/programs → lines of output and of what was healed.
import { dirname, resolve } from 'node:path'
import { Command } from 'commander'
import { loadConfig, stateFolder } from '../control/index.ts'
import { createEvents } from '../core/index.ts'
import { openEngine } from '../fleet/index.ts'
import { story } from '../journal/index.ts'
import { readCommand } from '../program/index.ts'
import { buildOf, type Running, type RunOptions, runPrograms } from '../system/index.ts'
import { fail } from './answer.ts'
import { watchParent } from './parent.ts'
import { becomeInit } from './pid-one.ts'
import { place } from './place.ts'
import { reporterAside } from './reporter-aside.ts'
import { withDashboard } from './run-dashboard.ts'
import { fromCommand, fromConfig, packageName, type RunFlags, withRunOptions } from './run-flags.ts'
import { isTold } from './told.ts'
import { twoPorts } from './two-ports.ts'
import { writer } from './writer.ts'

const LAST_WORDS_MS = 1_000

export function runCommand(version: string): Command {
  const run = new Command('run')
    .description('keep a command running, its port held; without a command, the programs of selfheal.config.*')
    .argument('[command...]', 'the command and its arguments')

  return withRunOptions(run)
    .option(
      '--dashboard [host:port]',
      'a page beside it, a program of its own (default: 127.0.0.1:4040, or the next port that is free)',
    )
    .option('--json', 'every event as a line of JSON on stdout; what the programs say goes to stderr')
    .passThroughOptions()
    .action(async (command: string[], flags: RunFlags) => {
      try {
        await runHere(command, flags, version)
      } catch (error) {
        fail(error, flags.json)
      }
    })
}

/** To the end of the process. `begun` is told once the programs are up, or are being tried. */
export async function runHere(
  command: readonly string[],
  flags: RunFlags,
  version: string,
  begun: (running: Running, home: string, say: (line: string) => void) => void = () => {},
): Promise<void> {
  const [out, err] = [writer(1), writer(2)]
  const say = (line: string) => err(`selfheal: ${line}\n`)
  if (process.platform !== 'linux') say(PLATFORM[process.platform] ?? `${process.platform} is untried: expect gaps.`)

  becomeInit(say)

  // ── 1. What to run, checked before anything is held
  const cwd = process.cwd()
  const { loaded, folder: where } = await place(flags)
  const programsOf = (now: typeof loaded) =>
    withDashboard(
      command.length > 0 ? fromCommand(command, flags, cwd) : fromConfig(now?.config.programs, flags),
      flags.dashboard,
      now?.config.strategy,
      { folder: where, config: loaded?.file },
    )
  const programs = programsOf(loaded)
  const [metrics, notify] = [flags.metrics ?? loaded?.config.metrics, loaded?.config.notify]
  if (metrics !== undefined || notify !== undefined) {
    const { checkMetrics, checkNotify } = await import('../telemetry/index.ts')
    if (metrics !== undefined) checkMetrics(metrics, process.env['SELFHEAL_METRICS_TOKEN'])
    if (notify !== undefined) checkNotify(notify)
  }
  const again = () => loadConfig({ cwd, file: loaded?.file, again: true })
  const home = loaded === undefined ? cwd : dirname(loaded.file)
  for (const { argv, run, cwd: own } of Object.values(programs)) readCommand(argv ?? run, resolve(home, own ?? '.'))
  const unnamed = Object.values(programs).filter(one => one.ports === undefined && one.env?.['PORT'] === undefined)
  for (const said of new Set(unnamed.map(one => twoPorts(process.env, resolve(home, one.cwd ?? '.')))))
    if (said !== undefined) say(said)
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
    if (flags.json) out(`${JSON.stringify(event)}\n`)
    else if (isTold(event, flags.quiet ?? false)) say(story(event))
  })
  const address = flags.fleet ?? process.env['SELFHEAL_FLEET']
  const options: RunOptions = {
    name: packageName(home),
    version,
    folder,
    cwd: home,
    programs,
    // What is not there now was there when this began: then it stays as it was.
    asides: async () => reporterAside(folder, flags, loaded === undefined ? undefined : await again()),
    reread: async () => programsOf(loaded === undefined ? undefined : await again()),
    output: (text, stream) => (stream === 0 && !flags.json ? out : err)(text),
    events,
    signal: controller.signal,
    build: () => buildOf(home),
    ...(address === undefined
      ? {}
      : { fleet: await openEngine(address), ...(flags.fleetBeat === undefined ? {} : { fleetBeat: flags.fleetBeat }) }),
    ...(loaded?.config.guards === undefined ? {} : { guards: loaded.config.guards }),
    ...(loaded?.config.journal === undefined ? {} : { journal: loaded.config.journal }),
    ...(loaded?.config.strategy === undefined ? {} : { strategy: loaded.config.strategy }),
    ...(flags.intensity === undefined ? {} : { intensity: flags.intensity }),
    ...(flags.period === undefined ? {} : { period: flags.period }),
    ...(flags.backoff === undefined ? {} : { backoff: flags.backoff }),
  }
  try {
    const running = await runPrograms(options)
    const told = new Set<string>()
    const tellUrls = () => {
      for (const { program, url } of running.urls())
        if (!flags.quiet && !told.has(`${program} ${url}`)) {
          told.add(`${program} ${url}`)
          say(`${program}: ${url}`)
        }
    }
    tellUrls()
    // One that was slow to listen hands its port up when it does.
    events.on('program.port_held', () => setImmediate(tellUrls))
    begun(running, home, say)
    await running.stopped
    if (!flags.quiet) say('stopped.')
  } catch (error) {
    if (!controller.signal.aborted) throw error
  } finally {
    await Promise.all([out.drained(LAST_WORDS_MS), err.drained(LAST_WORDS_MS)])
  }
  process.exit()
}

const PLATFORM: Readonly<Record<string, string>> = {
  darwin: 'on macOS: held ports, restarts and the hand-up work; which process has a port, and out-of-memory kills, are not told.',
  win32: 'on Windows nothing of `run` works yet (no inherited sockets); use WSL 2.',
}
