// selfheal doctor: are all timeouts in step? Asks the running selfheal what is in force in its programs, and their databases what they are
// set to; reads a code base with --static. Ends with 1 when something is out of step.
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { Command } from 'commander'
import { type Json, SelfhealError } from '../core/index.ts'
import {
  above,
  behind,
  type DatabaseFacts,
  databaseFacts,
  examine,
  type Facts,
  type Finding,
  fixText,
  mendedOf,
  type PartFacts,
  PROXIES,
  readFolder,
  report,
  STOPPERS,
  surroundingsIn,
} from '../doctor/index.ts'
import { answer } from './answer.ts'
import { usage } from './failure.ts'
import { runningHere } from './place.ts'

interface Options {
  readonly json?: boolean
  readonly state?: string
  readonly behind?: string
  readonly above?: string
  readonly static?: string | true
  readonly instances: string
  readonly spares: string
  readonly fix?: boolean
}

export function doctorCommand(): Command {
  return new Command('doctor')
    .description('are all timeouts in step? What is in force in the running programs, or (--static) what a code base says')
    .option('--static [folder]', 'read a code base for IO that may wait for ever; nothing needs to run')
    .option('--behind <proxy>', `what stands in front: ${Object.keys(PROXIES).join(', ')}; nginx:90s for its own time`)
    .option('--above <what>', `what stops it: ${Object.keys(STOPPERS).join(', ')}; docker:20s for its own time`)
    .option('--instances <n>', 'processes of the app, on all machines', '1')
    .option('--spares <n>', 'spares beside each', '0')
    .option('--fix', 'mend what selfheal owns, and print the lines for the rest')
    .option('--state <folder>', 'the state folder')
    .option('--json', 'one JSON object on stdout')
    .action(async (options: Options) => {
      await answer(
        options,
        async () => {
          let { facts, code, looked } = options.static === undefined ? await running(options) : reading(options)
          let verdict = examine(facts, code)
          const tried = options.fix === true ? await mend(options, verdict.findings, facts) : []
          // What stands there after the mending is the verdict, and what is gone by then was mended.
          let mended: readonly string[] = []
          if (tried.length > 0) {
            ;({ facts, code, looked } = await running(options))
            verdict = examine(facts, code)
            mended = mendedOf(tried, verdict.findings)
          }
          if (!verdict.well) process.exitCode = 1
          return { ...verdict, looked, mended, facts } as unknown as Json & { facts: Facts }
        },
        data => {
          const { facts, looked, mended, ...verdict } = data as unknown as ReturnType<typeof examine> & {
            facts: Facts
            looked: string[]
            mended: string[]
          }
          const lines = options.fix === true ? `\n\n${fixText(verdict.findings, mended)}` : ''
          return report(facts, verdict, looked) + lines
        },
      )
    })
}

interface Looked {
  readonly facts: Facts
  readonly code: readonly Finding[]
  readonly looked: readonly string[]
}

/** Not looked at: that it is a container is all that shows. */
function stopper(name: string, { above }: Options): string {
  return name === 'docker' && above === undefined ? 'docker’s stop time (taken from /.dockerenv; --above names another)' : name
}

function surroundings(options: Options): Pick<Facts, 'behind' | 'above' | 'instances' | 'spares'> {
  const found = surroundingsIn(process.env, existsSync('/.dockerenv'))
  const front = options.behind === undefined ? found.behind : behind(options.behind)
  const top = options.above === undefined ? found.above : above(options.above)
  if (options.behind !== undefined && front === undefined)
    throw usage(
      `--behind ${options.behind} is not known.`,
      `Known: ${Object.keys(PROXIES).join(', ')}, each with :time for its own.`,
    )
  if (options.above !== undefined && top === undefined)
    throw usage(
      `--above ${options.above} is not known.`,
      `Known: ${Object.keys(STOPPERS).join(', ')}, each with :time for its own.`,
    )
  return {
    ...(front === undefined ? {} : { behind: front }),
    ...(top === undefined ? {} : { above: top }),
    instances: whole(options.instances, '--instances', 1),
    spares: whole(options.spares, '--spares', 0),
  }
}

function whole(text: string, name: string, least: number): number {
  const n = Number(text)
  if (!Number.isInteger(n) || n < least)
    throw usage(`${name} must be a whole number, at least ${least}.`, `Such as: ${name} ${least + 1}`)
  return n
}

async function running(options: Options): Promise<Looked> {
  const around = surroundings(options)
  const { client, parts } = await runningHere(options)
  const told: PartFacts[] = parts.map(({ path, kind, settings = [], snapshot }) => ({ path, kind, settings, snapshot }))
  const asked = parts.filter(part => part.verbs.includes('inspect'))
  const databases = await Promise.all(
    asked.map(({ path }) =>
      client.act(path, 'inspect', null, { by: 'doctor', why: 'what is it set to?' }).then(
        told => databaseFacts(path, told),
        () => undefined,
      ),
    ),
  )
  const known = databases.filter((one): one is DatabaseFacts => one !== undefined)
  const levels = told.reduce((n, part) => n + part.settings.length, 0)
  const having = told.filter(part => part.settings.length > 0).length
  return {
    facts: { ...around, parts: told, databases: known },
    code: [],
    looked: [
      `${levels} levels of ${having} ${having === 1 ? 'part' : 'parts'}`,
      ...(known.length > 0 ? [`${known.length} ${known.length === 1 ? 'database' : 'databases'}`] : []),
      ...(around.behind === undefined ? [] : [around.behind.name]),
      ...(around.above === undefined ? [] : [stopper(around.above.name, options)]),
    ],
  }
}

function reading(options: Options): Looked {
  const folder = resolve(options.static === true || options.static === undefined ? '.' : options.static)
  if (!existsSync(folder)) throw usage(`There is no folder ${folder}.`, 'Name one: selfheal doctor --static src')
  const { files, findings } = readFolder(folder)
  return {
    facts: { ...surroundings(options), parts: [], databases: [] },
    code: findings,
    looked: [`${files} files of ${folder}`],
  }
}

/** What we own is mended by the part itself: those that can say `mend`. What was tried: whether it helped, the next look says. */
async function mend(options: Options, findings: readonly Finding[], { behind }: Facts): Promise<readonly Finding[]> {
  if (options.static !== undefined) return []
  const { client, parts } = await runningHere(options)
  const tried: Finding[] = []
  for (const where of new Set(findings.map(f => f.where))) {
    if (!parts.some(part => part.path === where && part.verbs.includes('mend'))) continue
    const here = findings.filter(f => f.where === where)
    const asked = { rules: here.map(f => f.rule), ...(behind === undefined ? {} : { behindIdleMs: behind.idleMs }) }
    try {
      await client.act(where, 'mend', asked, { by: 'doctor', why: 'doctor --fix' })
      tried.push(...here)
    } catch (error) {
      if (!(error instanceof SelfhealError)) throw error
    }
  }
  return tried
}
