// selfheal drill: breaks the program on purpose, under load, and says whether its promises held. Options → drill-crash.ts, or the scenarios
// of drill-scenarios.ts → reports on stdout.
import { Argument, Command, Option } from 'commander'
import { PATTERNS, type Pattern } from '../core/index.ts'
import { drillsOff, drillTable, drillText, noteDrill, reportText } from '../drill/index.ts'
import { answer } from './answer.ts'
import { drillCrash } from './drill-crash.ts'
import { type Drilled, drillScenarios, listScenarios } from './drill-scenarios.ts'
import { pathOf, time, whole } from './drill-words.ts'
import { usage } from './failure.ts'

export interface DrillFlags {
  readonly program?: string
  readonly rate: number
  readonly duration: number
  readonly path: string
  readonly timeout: number
  readonly kills: number
  readonly without?: readonly Pattern[]
  readonly copy?: boolean
  readonly auto?: boolean
  readonly sabotage?: boolean
  readonly list?: boolean
  readonly off?: boolean
  readonly report?: string
  readonly junit?: string
  readonly yesReally?: boolean
  readonly state?: string
  readonly config?: string
  readonly json?: boolean
}

export function drillCommand(): Command {
  return new Command('drill')
    .description('break the program on purpose, under load, and judge how it heals')
    .addArgument(
      new Argument('[scenario...]', 'crash (kill -9 of what serves), or scenarios of *.drill.ts files; none: all of those'),
    )
    .option('--list', 'what there is to drill')
    .option('--copy', 'drill a copy that is started for it, also where one runs')
    .option('--auto', 'a copy is guarded without code (default: as what runs here is, and as the configuration says)')
    .option('--sabotage', 'each scenario once more without each pattern that heals it: those drills must fail')
    .addOption(
      new Option('--without <patterns>', 'the control arm: the same without a pattern, to see what it buys').argParser(patterns),
    )
    .option(
      '--report <folder>',
      'where report.html, report.json, junit.xml and history go (default: drills, in the state folder)',
    )
    .option('--junit <file>', 'also the JUnit file, where CI looks for it')
    .option('--off', 'end every drill on this machine, and heal what they broke')
    .option('--program <id>', 'which program is asked (default: the only one with a port)')
    .option('--rate <n>', 'crash: requests a second, each on a new connection (default: 100)', whole(1, 5_000), 100)
    .option('--duration <time>', 'crash: how long the load runs; it is broken in the middle (default: 10s)', time(1_000), 10_000)
    .option('--path <path>', 'crash: what is asked for (default: /)', pathOf, '/')
    .option('--timeout <time>', 'crash: how long an answer may take (default: 10s)', time(1), 10_000)
    .option('--kills <n>', 'crash: how many times it is killed, spread evenly (default: 1)', whole(1, 100), 1)
    .option('--yes-really', 'one of the three ways to say that production is meant')
    .option('--state <folder>', 'the state folder')
    .option('--config <file>', 'the configuration file')
    .option('--json', 'one JSON object on stdout')
    .action(async (names: readonly string[], flags: DrillFlags) => {
      const stopping = new AbortController()
      const stop = () => stopping.abort()
      for (const signal of SIGNALS) process.on(signal, stop)
      const forget = flags.off || flags.list ? () => {} : noteDrill(names.join(' ') || 'all scenarios')
      try {
        await choose(names, flags, stopping.signal)
      } finally {
        forget()
        for (const signal of SIGNALS) process.off(signal, stop)
        if (stopping.signal.aborted) process.exitCode = 130
      }
    })
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

async function choose(names: readonly string[], flags: DrillFlags, signal: AbortSignal): Promise<void> {
  if (flags.off)
    return answer(flags, drillsOff, ended =>
      ended.length === 0
        ? 'No drill runs.'
        : ended
            .map(
              ({ pid, says, how }) =>
                `drill ${says} (pid ${pid}) ${how === 'ended' ? 'ended, and healed what it broke' : 'was killed: what it broke heals by itself'}`,
            )
            .join('\n'),
    )
  if (flags.list)
    return answer(
      flags,
      () => listScenarios(flags),
      list =>
        list
          .map(
            ({ name, says, expectedToFail }) =>
              `  ${name.padEnd(28)} ${says}${expectedToFail === null ? '' : `\n${''.padEnd(31)}expected to fail: ${expectedToFail}`}`,
          )
          .join('\n'),
    )
  if (names.length === 1 && names[0] === 'crash')
    return answer(
      flags,
      () => drillCrash(flags, signal),
      report => [reportText(report, report.again), ...worseText(report.regressions)].join('\n\n'),
    )
  return answer(flags, () => drillScenarios(names, flags, signal), drilledText)
}

const worseText = (regressions: Drilled['regressions']) =>
  regressions.length === 0
    ? []
    : [['Worse than before:', ...regressions.map(({ drill, says }) => `  ${drill}: ${says}`)].join('\n')]

function drilledText({ reports, regressions, unproven, passedOver, files }: Drilled): string {
  const parts =
    reports.length === 1
      ? [drillText(reports[0]!)]
      : [...reports.filter(one => one.verdict !== 'yes' && one.without.length === 0).map(drillText), drillTable(reports)]
  parts.push(...worseText(regressions))
  if (passedOver.length > 0) parts.push(['Passed over:', ...passedOver.map(({ drill, why }) => `  ${drill}: ${why}`)].join('\n'))
  const expected = reports.filter(one => one.verdict === 'expected')
  if (expected.length > 0)
    parts.push(['Expected to fail today:', ...expected.map(one => `  ${one.drill}: ${one.expectedToFail}`)].join('\n'))
  const news = reports.filter(one => one.verdict === 'yes' && one.expectedToFail !== null && one.without.length === 0)
  if (news.length > 0) parts.push(['They pass now: take expectedToFail out of', ...news.map(one => `  ${one.drill}`)].join('\n'))
  if (unproven.length > 0)
    parts.push(
      [
        'Turning these off changed nothing, so the drill does not prove them:',
        ...unproven.map(({ drill, without }) => `  ${drill} without ${without}`),
      ].join('\n'),
    )
  parts.push(`Report: ${files.html}`)
  return parts.join('\n\n')
}

function patterns(value: string): readonly Pattern[] {
  const words = value.split(',').map(word => word.trim())
  const unknown = words.find(word => !PATTERNS.includes(word as Pattern))
  if (unknown !== undefined) throw usage(`'${unknown}' is no pattern.`, `There are: ${PATTERNS.join(', ')}.`)
  return words as Pattern[]
}
