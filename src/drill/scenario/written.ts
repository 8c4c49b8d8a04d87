// From what was seen to the report: figures, marks, columns, what was told, and the verdict with its first thing to mend. Pure.
import { availableParallelism, loadavg } from 'node:os'
import { formatMs, type Pattern } from '../../core/index.ts'
import { story } from '../../journal/index.ts'
import type { Arrivals } from '../journey/arrivals.ts'
import type { Step } from '../journey/step.ts'
import type { Stage } from '../stage/stage.ts'
import { columnsOf, columnWidth } from './columns.ts'
import { type Figures, scopesOf } from './figures.ts'
import type { Heard } from './observer.ts'
import { judge, type Kept } from './promises.ts'
import type { DrillReport, Mark, Told } from './report.ts'
import type { Scenario } from './scenario.ts'

/** A break that went in. Times are the clock's. */
export interface Struck {
  readonly says: string
  startMs: number
  endMs: number
  failed: Error | undefined
}

interface Facts {
  readonly scenario: Scenario
  readonly stage: Stage
  readonly without: readonly Pattern[]
  readonly again: string
  readonly wall: number
}

export interface Seen extends Facts {
  readonly load: Arrivals
  readonly after: readonly Step[]
  readonly struck: readonly Struck[]
  readonly writes: Figures['writes']
  readonly tries: Figures['tries']
  readonly heard: readonly Heard[]
  readonly endMs: number
  readonly hurt: boolean
}

export function emptyReport(facts: Facts, before: readonly Step[]): DrillReport {
  const bad = before.filter(one => one.kind !== 'ok')
  const says =
    before.length === 0 ? 'nobody was answered' : `${bad.length} of ${before.length} failed (${failuresOf(bad)[0]?.says})`
  const mend =
    'It fails before anything is broken: see that it serves, with selfheal status, and that the journeys ask for what is there.'
  return {
    ...headOf(facts),
    verdict: 'no_steady_state',
    checks: [{ promise: 'a steady state', kept: false, says, mend }],
    mend,
    figures: null,
    columnMs: columnWidth(facts.scenario.durationMs),
    columns: [],
    marks: [],
    notified: [],
    told: [],
    failures: failuresOf(bad),
  }
}

export function written(seen: Seen): DrillReport {
  const { scenario, stage, load, after, struck, writes, tries, heard, endMs, hurt } = seen
  const { startMs, steps } = load
  const faultMs = Math.min(...struck.map(one => one.startMs), endMs)
  const healedMs = Math.max(...struck.map(one => one.endMs), faultMs)
  const during = heard.filter(one => one.atMs >= faultMs - 1)
  const sign = during.find(({ event }) => event.level === 'warn' || event.level === 'alarm')
  const exits = during.filter(({ event }) => {
    const { pid, reason } = event.data as { readonly pid?: number; readonly reason?: string }
    return event.name === 'program.exited' && reason !== 'shutdown' && pid !== undefined && !stage.owned(pid)
  })
  const restarts: Record<string, number> = {}
  for (const { event } of exits) {
    const id = event.source.split('/').at(-1) ?? event.source
    restarts[id] = (restarts[id] ?? 0) + 1
  }
  const faults = [...struck].sort((a, b) => a.startMs - b.startMs)
  const scopes = scopesOf(steps, {
    startMs,
    faultMs,
    healedMs,
    faults,
    endMs: Math.max(endMs, ...steps.map(one => one.endMs).slice(-1)),
  })
  const figures: Figures = {
    ...scopes,
    detectMs: sign === undefined ? null : Math.round(Math.max(0, sign.atMs - faultMs)),
    restarts,
    writes,
    tries,
  }
  const checks = checksOf(seen, figures)
  const broken = checks.find(check => !check.kept)
  const no = scenario.expectedToFail !== undefined && seen.without.length === 0 ? 'expected' : 'no'
  return {
    ...headOf(seen),
    verdict: hurt ? 'aborted' : broken === undefined ? 'yes' : no,
    checks,
    mend: broken?.mend ?? null,
    figures,
    columnMs: columnWidth(scenario.durationMs),
    columns: columnsOf(steps, startMs, scenario.durationMs),
    marks: marksOf(seen, figures, { faultMs, healedMs, ...(sign === undefined ? {} : { sign }) }),
    notified: during.filter(({ event }) => event.level === 'alarm').map(one => toldOf(one, startMs)),
    told: during
      .filter(({ event }) => event.level !== 'debug')
      .slice(0, MAX_TOLD)
      .map(one => toldOf(one, startMs)),
    failures: failuresOf([...steps, ...after].filter(one => one.kind !== 'ok')),
  }
}

const MAX_TOLD = 300

function headOf({ scenario, stage, without, again, wall }: Facts) {
  const { name, says, rate, durationMs, expectedToFail = null } = scenario
  const target = stage.name
  const loadPerCore = Math.round(((loadavg()[0] ?? 0) / availableParallelism()) * 10) / 10
  return {
    v: 1 as const,
    drill: name,
    says,
    without,
    stage: stage.kind,
    target,
    at: wall,
    loadPerCore,
    rate,
    durationMs,
    expectedToFail,
    again,
  }
}

function checksOf({ scenario, struck, after, hurt, writes }: Seen, figures: Figures): readonly Kept[] {
  const failed = struck.find(one => one.failed !== undefined)
  const missing = scenario.faults.length - struck.length
  const bad = after.filter(one => one.kind !== 'ok').length
  const unsent = figures.all.failed.unsent
  return [
    {
      promise: 'it was broken as planned',
      kept: failed === undefined && missing === 0,
      says:
        failed !== undefined
          ? `${failed.says}: ${failed.failed!.message}`
          : missing > 0
            ? `${missing} of ${scenario.faults.length} were not put in`
            : 'yes',
      mend: (failed?.failed as { mend?: string } | undefined)?.mend ?? 'Drill again; the fault could not be put in.',
    },
    ...(hurt
      ? [
          {
            promise: 'it hurts no more than is allowed',
            kept: false,
            says: `over ${Math.round(scenario.hurts.failed * 100)} % failed for ${formatMs(scenario.hurts.forMs)}: it was stopped, and healed`,
            mend: 'Nothing contained it. Begin with what callers saw: the failures below.',
          },
        ]
      : []),
    ...(unsent > 0
      ? [
          {
            promise: 'every request was sent',
            kept: false,
            says: `${unsent} could not be`,
            mend: 'This machine ran out of descriptors or ports, which says nothing of the app: a lower rate, or raise ulimit -n.',
          },
        ]
      : []),
    ...scenario.promises.map(promised => judge(promised, figures)),
    ...(writes.unknown.length > 0
      ? [
          {
            promise: 'every write could be looked up',
            kept: false,
            says: `${writes.unknown.length} could not be (${writes.unknown[0]})`,
            mend: 'The look-up itself fails after the drill: see that its path answers.',
          },
        ]
      : []),
    {
      promise: 'the steady state is back',
      kept: !hurt && bad === 0 && after.length > 0,
      says:
        after.length === 0
          ? 'not asked any more'
          : bad === 0
            ? `${after.length} answered well`
            : `${bad} of ${after.length} failed (${failuresOf(after)[0]?.says})`,
      mend: 'It still fails after all is over: look at what runs with selfheal status, and why with selfheal why.',
    },
  ].map(check => ({ ...check, mend: check.kept ? null : check.mend }))
}

function marksOf(
  { struck, load: { startMs }, heard, stage }: Seen,
  { all }: Figures,
  { faultMs, healedMs, sign }: { readonly faultMs: number; readonly healedMs: number; readonly sign?: Heard },
): readonly Mark[] {
  const at = (ms: number) => Math.round(ms - startMs)
  const marks: Mark[] = struck.flatMap(one => [
    { atMs: at(one.startMs), is: 'fault' as const, says: one.says },
    ...(one.endMs > one.startMs ? [{ atMs: at(one.endMs), is: 'healed' as const, says: one.says }] : []),
  ])
  if (sign !== undefined) marks.push({ atMs: at(sign.atMs), is: 'detected', says: story(sign.event) })
  if (all.containMs !== null && all.containMs > 0)
    marks.push({ atMs: at(faultMs + all.containMs), is: 'contained', says: 'at the latest so long after a fault' })
  if (all.recoverMs !== null && healedMs > faultMs)
    marks.push({ atMs: at(healedMs + all.recoverMs), is: 'recovered', says: 'everything is answered well again' })
  for (const { atMs, event } of heard) {
    const { pid, generation } = event.data as { readonly pid?: number; readonly generation?: number }
    if (event.name === 'program.ready' && atMs > faultMs && (generation ?? 1) > 1)
      marks.push({
        atMs: at(atMs),
        is: 'restarted',
        says: `${event.source.replace(`${stage.name}/`, '')}.${generation} (pid ${pid})`,
      })
  }
  return marks.sort((a, b) => a.atMs - b.atMs)
}

const toldOf = ({ atMs, event }: Heard, startMs: number): Told => ({
  atMs: Math.round(atMs - startMs),
  level: event.level,
  name: event.name,
  says: story(event),
})

export function failuresOf(steps: readonly Step[]): readonly { readonly says: string; readonly count: number }[] {
  const counts = new Map<string, number>()
  for (const one of steps) {
    if (one.kind === 'ok') continue
    const says = `${one.journey}, ${one.name}: ${one.kind === 'degraded' ? 'refused with a reason' : one.kind === 'wrong' ? `wrong: ${one.says}` : one.says}`
    counts.set(says, (counts.get(says) ?? 0) + 1)
  }
  return [...counts]
    .map(([says, count]) => ({ says, count }))
    .sort((a, b) => b.count - a.count)
    .slice(0, 12)
}
