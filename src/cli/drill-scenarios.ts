// selfheal drill [scenario…]: finds the scenarios, sets the stage (what runs here, or a copy), runs one after the other, and keeps the reports.
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { controlClient, type LoadedConfig } from '../control/index.ts'
import type { Pattern } from '../core/index.ts'
import {
  copy,
  type DrillReport,
  type DrillVerdict,
  drill,
  drillHtml,
  drillJunit,
  findScenarios,
  hasFallen,
  here,
  journey,
  keepHistory,
  type Regression,
  readDrillSettings,
  refuseProduction,
  type Scenario,
  type Stage,
  scenarioProgress,
  tellDrill,
} from '../drill/index.ts'
import type { DrillFlags } from './drill.ts'
import { quoted } from './drill-words.ts'
import { usage } from './failure.ts'
import { place } from './place.ts'
import { packageName } from './run-flags.ts'

export interface Drilled {
  readonly reports: readonly DrillReport[]
  readonly regressions: readonly Regression[]
  /** What could not be drilled here. */
  readonly passedOver: readonly { readonly drill: string; readonly why: string }[]
  /** Patterns whose absence the drill did not notice. */
  readonly unproven: readonly { readonly drill: string; readonly without: string }[]
  readonly files: { readonly html: string; readonly json: string; readonly junit: string }
}

const HISTORY = 'history.jsonl'

export async function listScenarios(flags: DrillFlags) {
  const { scenarios } = await found(flags)
  const crash = {
    name: 'crash',
    says: 'kill -9 of what serves: needs nothing but a running program',
    expectedToFail: null,
    heals: ['supervision'],
  }
  const own = scenarios.map(({ name, says, expectedToFail = null, heals }) => ({
    name,
    says,
    expectedToFail,
    heals: [...heals] as string[],
  }))
  return [...(own.some(one => one.name === 'crash') ? [] : [crash]), ...own]
}

export async function drillScenarios(names: readonly string[], flags: DrillFlags, signal: AbortSignal): Promise<Drilled> {
  const { loaded, folder, scenarios, settings } = await found(flags)
  const chosen =
    names.length === 0 ? scenarios : names.map(name => scenarios.find(one => one.name === name) ?? unknown(name, scenarios))
  if (chosen.length === 0)
    throw usage(
      'No scenario is here: none in a *.drill.ts file, none under drills in the configuration.',
      'Begin with: selfheal drill crash. How one is written: docs/drill.md',
    )
  if (loaded === undefined)
    throw usage('There is no configuration here, so no copy can be made.', 'Write a first one with: selfheal init')
  const running = await parts(folder)
  const name = packageName(dirname(loaded.file))
  const programs = running?.parts.filter(part => part.kind === 'program') ?? []
  const [program] = programs
  // As what runs here was started, where the configuration does not say so itself.
  const auto =
    flags.auto ??
    programs.some(one => {
      const { auto, program: of } = one.snapshot as { readonly auto?: boolean; readonly program: string }
      return auto === true && loaded.config.programs?.[of]?.auto !== true
    })
  refuseProduction({
    name,
    pid: (program?.snapshot as { readonly pid?: number | null } | undefined)?.pid ?? null,
    flag: flags.yesReally ?? false,
    configured: settings.production === true,
  })

  const reportsIn = resolve(flags.report ?? join(folder, 'drills'))
  const reports: DrillReport[] = []
  const passedOver: { drill: string; why: string }[] = []
  const unproven: { drill: string; without: string }[] = []
  const run = async (scenario: Scenario, without: readonly Pattern[]) => {
    const onCopy = flags.copy || running === undefined || without.length > 0 || scenario.faults.some(one => one.break.copyOnly)
    const line = liner()
    if (onCopy) line.say(`${scenario.name}: a copy of ${name} is started…`)
    const asked = flags.program ?? settings.program
    const stage: Stage = onCopy
      ? await copy({
          config: loaded.file,
          bin: process.argv[1]!,
          name,
          settings: { ...settings, ...(asked === undefined ? {} : { program: asked }) },
          without,
          auto,
          signal,
        })
      : here({ ...running, folder, ...(asked === undefined ? {} : { program: asked }) })
    const tell = await tellDrill(running?.client, { drill: scenario.name, of: stage.name, stage: stage.kind, without })
    let ended: DrillVerdict | undefined
    try {
      const report = await drill({
        scenario,
        stage,
        journeys: settings.journeys ?? [journey('asks', async visitor => void (await visitor.get(flags.path)))],
        without,
        again: again(scenario, without, flags),
        signal,
        ...(line.live ? { onProgress: progress => line.say(scenarioProgress(progress)) } : {}),
      })
      reports.push(report)
      const regressed = without.length === 0 && hasFallen(join(reportsIn, HISTORY), report)
      ended = { ...report, regressed }
      line.end(`${report.drill}${without.length === 0 ? '' : ` without ${without.join(', ')}`}: ${report.verdict}`)
      return report
    } finally {
      line.say('')
      await stage.close()
      await tell(ended)
    }
  }
  try {
    for (const scenario of chosen) {
      if (scenario.passedOver !== undefined) {
        passedOver.push({ drill: scenario.name, why: scenario.passedOver })
        continue
      }
      await run(scenario, flags.without ?? [])
      if (!flags.sabotage) continue
      for (const pattern of scenario.heals)
        if ((await run(scenario, [pattern])).verdict === 'yes') unproven.push({ drill: scenario.name, without: pattern })
    }
  } catch (error) {
    // Stopped, or one could not begin: those that came to a verdict are kept.
    if (reports.length > 0) keep(reportsIn, reports, flags)
    throw error
  }
  const plain = reports.filter(one => one.without.length === 0 || !flags.sabotage)
  if (unproven.length > 0 || plain.some(one => one.verdict !== 'yes' && one.verdict !== 'expected')) process.exitCode = 1
  return { reports, unproven, passedOver, ...keep(reportsIn, reports, flags) }
}

async function found(flags: DrillFlags) {
  const { loaded, folder } = await place(flags)
  const settings = readDrillSettings(loaded?.config.drills, Object.keys(loaded?.config.programs ?? {}))
  const home = loaded === undefined ? process.cwd() : dirname(loaded.file)
  const scenarios = (await findScenarios(home, settings.scenarios)).map(one => one.scenario)
  return { loaded, folder, settings, scenarios } satisfies { loaded: LoadedConfig | undefined } & Record<string, unknown>
}

/** Undefined: nothing runs here. */
async function parts(folder: string) {
  const client = controlClient(folder)
  try {
    return { client, ...(await client.parts()) }
  } catch (error) {
    if ((error as { code?: string }).code === 'SELFHEAL_NOTHING_RUNS') return undefined
    throw error
  }
}

function keep(folder: string, reports: readonly DrillReport[], { junit: also }: DrillFlags) {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const [html, json, junit] = ['report.html', 'report.json', 'junit.xml'].map(name => join(folder, name)) as [
    string,
    string,
    string,
  ]
  const regressions = keepHistory(join(folder, HISTORY), reports)
  writeFileSync(html, drillHtml(reports, regressions))
  writeFileSync(json, `${JSON.stringify({ v: 1, reports, regressions }, null, 1)}\n`)
  for (const file of [junit, ...(also === undefined ? [] : [resolve(also)])]) writeFileSync(file, drillJunit(reports))
  return { regressions, files: { html, json, junit } }
}

/** On a terminal one line that is written over; elsewhere a line a drill. */
function liner() {
  const live = process.stderr.isTTY ?? false
  return {
    live,
    say(text: string) {
      if (live) process.stderr.write(`\r\x1b[2K${text.slice(0, (process.stderr.columns || 80) - 1)}`)
    },
    end(text: string) {
      process.stderr.write(live ? `\r\x1b[2K${text}\n` : `${text}\n`)
    },
  }
}

function again({ name }: Scenario, without: readonly Pattern[], { copy, auto, program, config, state }: DrillFlags): string {
  const words = ['npx selfheal drill', name]
  if (auto) words.push('--auto')
  if (without.length > 0) words.push(`--without ${without.join(',')}`)
  else if (copy) words.push('--copy')
  if (program !== undefined) words.push(`--program ${quoted(program)}`)
  if (config !== undefined) words.push(`--config ${quoted(config)}`)
  if (state !== undefined) words.push(`--state ${quoted(state)}`)
  return words.join(' ')
}

function unknown(name: string, scenarios: readonly Scenario[]): never {
  throw usage(`There is no scenario '${name}' here.`, `There are: ${['crash', ...scenarios.map(one => one.name)].join(', ')}.`)
}
