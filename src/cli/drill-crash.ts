// selfheal drill crash: kill -9 of the running program under load, for any program, with nothing configured. Options → target → drill/ → a
// report.
import { dirname, join, resolve } from 'node:path'
import type { ControlClient } from '../control/index.ts'
import { systemClock } from '../core/index.ts'
import {
  asker,
  chooseProgram,
  controlArm,
  crash,
  crashDrill,
  type DrillVerdict,
  keepCrash,
  progressLine,
  refuseProduction,
  supervised,
  tellDrill,
} from '../drill/index.ts'
import type { DrillFlags } from './drill.ts'
import { quoted, short } from './drill-words.ts'
import { usage } from './failure.ts'
import { place, runningHere } from './place.ts'

/** So many requests are kept until the verdict. */
const MAX_REQUESTS = 500_000

export async function drillCrash(flags: DrillFlags, signal: AbortSignal) {
  if ((flags.rate * flags.duration) / 1_000 > MAX_REQUESTS)
    throw usage(
      `${flags.rate} requests a second for so long are more than ${MAX_REQUESTS} requests.`,
      'Lower --rate or --duration.',
    )
  const { client, parts, folder } = await runningHere(flags)
  const chosen = chooseProgram(parts, flags.program)
  const { loaded } = await place(flags)
  refuseProduction({
    name: chosen.path.split('/')[0]!,
    pid: chosen.snapshot.pid,
    flag: flags.yesReally ?? false,
    configured: (loaded?.config.drills as { production?: unknown } | undefined)?.production === true,
  })
  if (flags.without !== undefined && flags.without.join() !== 'supervision')
    throw usage(
      `drill crash can be done without supervision only, not without ${flags.without.join(', ')}.`,
      'Others are left out of scenarios: selfheal drill --list',
    )
  const target = flags.without === undefined ? supervised(client, chosen) : await bare(client, chosen, flags, signal)
  const line = process.stderr.isTTY
    ? (text: string) => void process.stderr.write(`\r\x1b[2K${text.slice(0, (process.stderr.columns || 80) - 1)}`)
    : undefined
  const over = new AbortController()
  const told = { drill: 'crash', of: chosen.path, stage: 'here', without: flags.without ?? [] } as const
  const tell = await tellDrill(client, told)
  let ended: DrillVerdict | undefined
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
    const kept = keepCrash(resolve(flags.report ?? join(folder, 'drills')), report, systemClock.wall(), again(flags))
    ended = { ...report, again: again(flags), regressed: kept.regressed }
    return { ...report, again: again(flags), regressions: kept.regressions }
  } finally {
    line?.('')
    // Requests still open would keep this process alive, and load on the program.
    over.abort()
    await target.close()
    await tell(ended)
  }
}

async function bare(
  client: ControlClient,
  { path, snapshot }: ReturnType<typeof chooseProgram>,
  flags: DrillFlags,
  signal: AbortSignal,
) {
  const { loaded } = await place(flags)
  const program = snapshot.id.replace(/#\d+$/, '')
  const configured = loaded?.config.programs?.[program]
  const here = await startedAs(client, `${path.split('/')[0]}/drills`, program)
  const home = loaded === undefined ? process.cwd() : dirname(loaded.file)
  const command = here?.command ?? configured?.run
  if (command === undefined || command === null)
    throw usage(
      `How '${snapshot.id}' is started is not known here, so it can't be started bare.`,
      'Put it into selfheal.config.mts under programs (selfheal init writes a first one), and run it from there.',
    )
  const cwd = here?.cwd ?? resolve(home, configured?.cwd ?? '.')
  return controlArm({
    name: path,
    command,
    cwd,
    path: flags.path,
    signal,
    ...(configured?.env === undefined ? {} : { env: configured.env }),
  })
}

/** As the selfheal that runs it knows; null or undefined: it does not say, as an older one. */
async function startedAs(client: ControlClient, path: string, program: string) {
  const who = { by: 'drill', why: 'to start it bare' }
  const told = await client.act(path, 'bare', { program }, who).catch(() => null)
  return told as unknown as { readonly command: string | readonly string[]; readonly cwd: string } | null
}

/** The command that does it again. */
function again({ program, rate, duration, path, timeout, kills, without, yesReally, state, config }: DrillFlags): string {
  const words = ['npx selfheal drill crash', `--rate ${rate}`, `--duration ${short(duration)}`]
  if (path !== '/') words.push(`--path ${quoted(path)}`)
  if (kills !== 1) words.push(`--kills ${kills}`)
  if (timeout !== 10_000) words.push(`--timeout ${short(timeout)}`)
  if (program !== undefined) words.push(`--program ${quoted(program)}`)
  if (without !== undefined) words.push(`--without ${without.join(',')}`)
  if (yesReally) words.push('--yes-really')
  if (state !== undefined) words.push(`--state ${quoted(state)}`)
  if (config !== undefined) words.push(`--config ${quoted(config)}`)
  return words.join(' ')
}
