// selfheal status: what runs, since when, where it answers, and what was healed. Asks the running selfheal; knows parts only.
import { Command } from 'commander'
import { formatBytes, formatMs } from '../core/index.ts'
import { answer } from './answer.ts'
import { openGuardLines } from './open-guards.ts'
import { outsideLines } from './outside.ts'
import { featureLine, featureRows } from './override.ts'
import { runningHere } from './place.ts'

interface ProgramFacts {
  readonly id: string
  readonly state: string
  readonly generation: number
  readonly pid: number | null
  readonly urls: readonly string[]
  readonly restarts: number
  readonly since: number | null
  readonly rss: number | null
  readonly vitals: {
    readonly lateMs: number | null
    readonly heapPerMinute: number | null
    readonly heapLimit: number | null
  } | null
  readonly lastExit: { readonly says: string; readonly at: number } | null
}
interface JournalStats {
  readonly waiting: number
  readonly dropped: number
  readonly failing?: { readonly message: string; readonly mend: string; readonly since: number }
}
interface SystemFacts {
  readonly version: string
  readonly pid: number
  readonly since: number
  readonly state: string
}

export function statusCommand(): Command {
  return new Command('status')
    .description('what runs, since when, and what was healed')
    .option('--state <folder>', 'the state folder')
    .option('--json', 'one JSON object on stdout')
    .action(async (options: { readonly json?: boolean; readonly state?: string }) => {
      await answer(
        options,
        async () => {
          const { parts, pid, version } = await runningHere(options)
          return { pid, version, parts }
        },
        ({ parts }) => {
          const system = parts.find(part => part.kind === 'system')!
          const { version, pid, since, state } = system.snapshot as unknown as SystemFacts
          const rows = parts.filter(part => part.kind === 'program').map(part => rowOf(part.snapshot as unknown as ProgramFacts))
          const widths = [0, 1, 2, 3, 4].map(i => Math.max(...rows.map(row => row[i]!.length)))
          const lines = rows.map(row => `  ${row.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join('  ')}`.trimEnd())
          return [
            `${system.path}  selfheal ${version}, pid ${pid}, up ${formatMs(Date.now() - since)}, state in ${state}`,
            ...lines,
            ...journalLines(parts.find(part => part.kind === 'journal')?.snapshot),
            ...outsideLines(parts).map(line => `    ${line}`),
            ...openGuardLines(parts).map(line => `    ${line}`),
            ...featureRows(parts)
              // The whole app is worth a line only when it is lowered.
              .filter(({ name, mode }) => name !== 'app' || mode !== 'on')
              .map(row => `    ${featureLine(row).join('  ')}`.trimEnd()),
          ].join('\n')
        },
      )
    })
}

/** Only of one that can't be written: what heals is blind then. */
function journalLines(snapshot: unknown): readonly string[] {
  const { failing, waiting, dropped } = (snapshot ?? {}) as Partial<JournalStats>
  if (failing === undefined) return []
  const kept = `${waiting} entries wait${dropped === 0 ? '' : `, ${dropped} are lost`}`
  return [
    `    journal  can't be written  for ${formatMs(Date.now() - failing.since)}  ${failing.message}. ${failing.mend} ${kept}.`,
  ]
}

function rowOf(p: ProgramFacts): string[] {
  const healed = p.restarts === 0 ? 'never restarted' : `restarted ${p.restarts === 1 ? 'once' : `${p.restarts} times`}`
  const last = p.lastExit === null ? '' : `; last: ${p.lastExit.says}, ${formatMs(Date.now() - p.lastExit.at)} ago`
  return [
    `${p.id}.${p.generation}`,
    p.state,
    p.pid === null ? '' : `pid ${p.pid}`,
    p.since === null ? '' : `up ${formatMs(Date.now() - p.since)}`,
    p.rss === null ? '' : formatBytes(p.rss),
    [...p.urls, ...unwell(p.vitals), healed + last].join('  '),
  ]
}

/** Only what is worth a look: a loop that is late, a heap whose floor rises by more than 1 % of its limit a minute. */
function unwell(vitals: ProgramFacts['vitals']): string[] {
  if (vitals === null) return []
  const { lateMs, heapPerMinute, heapLimit } = vitals
  return [
    ...(lateMs !== null && lateMs >= 100 ? [`event loop ${formatMs(lateMs)} late`] : []),
    ...(heapPerMinute !== null && heapLimit !== null && heapPerMinute > heapLimit / 100
      ? [`heap grows by ${formatBytes(heapPerMinute)} a minute`]
      : []),
  ]
}
