// selfheal why [time|incident]: what happened, what people noticed of it, what was done, and what is left to do, in plain words. Reads the
// journal; the words are journal/explain's.
import { Command } from 'commander'
import { durationMs, formatMs } from '../core/index.ts'
import { type Entry, type Explained, explain, type Incident, incidentsOf } from '../journal/index.ts'
import { answer } from './answer.ts'
import { usage } from './failure.ts'
import { readEntries, wallText } from './journal-entries.ts'
import { placeToAsk } from './place.ts'

const MOST = 10_000
const AROUND_MS = 60 * 60_000

export function whyCommand(): Command {
  return new Command('why')
    .description('explain an incident: what it was, what was done about it, what is left to do')
    .argument(
      '[when]',
      "a time (14:05, '2026-11-24 14:05', 10m ago as 10m) or an incident's id; none: what is open, else the latest",
    )
    .option('--state <folder>', 'the state folder')
    .option('--json', 'one JSON object on stdout')
    .action(async (when: string | undefined, flags: { readonly state?: string; readonly json?: boolean }) => {
      await answer(flags, async () => whyOf((await placeToAsk(flags)).folder, when), text)
    })
}

async function whyOf(folder: string, when: string | undefined): Promise<Explained | null> {
  const asked = when === undefined || isId(when) ? undefined : wallOf(when, Date.now())
  if (when !== undefined && asked === undefined && !isId(when))
    throw usage(
      `'${when}' is no time and no incident.`,
      "A time is 14:05, '2026-11-24 14:05' or 10m (ago); ids stand in selfheal journal --json.",
    )
  const until = asked === undefined ? undefined : asked + AROUND_MS
  const entries = await readEntries(folder, { level: 'debug', limit: MOST, ...(until === undefined ? {} : { until }) })
  const incidents = incidentsOf(entries)
  const found = isId(when) ? ofId(incidents, when!) : asked === undefined ? latest(incidents) : nearest(incidents, asked)
  if (found !== undefined) return explain(found, Date.now())
  if (isId(when))
    throw usage(
      `No incident has an event ${when}.`,
      'It may be older than the journal goes back, or nothing that broke: selfheal journal',
    )
  return null
}

const isId = (when: string | undefined) => when !== undefined && /^[a-z][a-z0-9]*\.\d+$/.test(when)
const ofId = (incidents: readonly Incident[], id: string) =>
  incidents.findLast(one => one.id === id || one.entries.some((entry: Entry) => entry.id === id))
const latest = (incidents: readonly Incident[]) =>
  incidents.findLast(one => one.state === 'open') ?? incidents.findLast(isReal) ?? incidents.at(-1)

const isReal = ({ state, entries }: Incident) => state !== 'noted' || entries.some(one => one.name === 'system.reload_refused')

/** The one under way then; else the nearest, those that had to heal before those that were noted. */
function nearest(incidents: readonly Incident[], wall: number): Incident | undefined {
  const away = ({ began, ended = Number.POSITIVE_INFINITY }: Incident) =>
    wall < began ? began - wall : Math.max(0, wall - ended)
  const real = incidents.filter(isReal)
  return [...(real.length > 0 ? real : incidents)].sort((a, b) => away(a) - away(b))[0]
}

/** Wall milliseconds. '14:05' is the last time it was that late. */
function wallOf(when: string, now: number): number | undefined {
  const ago = durationMs(when)
  if (ago !== undefined) return now - ago
  const time = /^(\d{1,2}):(\d{2})(?::(\d{2}))?$/.exec(when)
  if (time !== null) {
    if (Number(time[1]) > 23 || Number(time[2]) > 59 || Number(time[3] ?? 0) > 59) return undefined
    const at = new Date(now)
    at.setHours(Number(time[1]), Number(time[2]), Number(time[3] ?? 0), 0)
    return at.getTime() > now ? at.getTime() - 86_400_000 : at.getTime()
  }
  const parsed = /^\d{4}-\d{2}-\d{2}/.test(when) ? Date.parse(when.replace(' ', 'T')) : Number.NaN
  return Number.isNaN(parsed) ? undefined : parsed
}

function text(explained: Explained | null): string {
  if (explained === null) return 'Nothing broke that is recorded here.'
  const { says, began, ended, cause, noticed, done, requests, toDo, steps, id } = explained
  const block = (title: string, lines: readonly string[]) =>
    lines.length === 0 ? [] : lines.map((line, i) => `  ${(i === 0 ? title : '').padEnd(10)} ${line}`)
  const lines = [
    `${says}  (${wallText(began)}${ended === null ? '' : ` – ${wallText(ended).slice(11)}`})`,
    '',
    ...block('began', [cause]),
    ...block('noticed', noticed),
    ...block('done', done.slice(0, 8)),
    ...block('requests', requests),
    ...block('to do', [toDo ?? 'nothing']),
    '',
    ...steps
      .slice(0, 40)
      .map(
        ({ afterMs, level, says, beside }) =>
          `  +${formatMs(afterMs).padEnd(9)} ${MARK[level] ?? ' '} ${says}${beside ? '  (at the same time)' : ''}`,
      ),
    ...(steps.length > 40 ? [`  … and ${steps.length - 40} more: selfheal journal --incident ${id}`] : []),
  ]
  return lines.join('\n')
}

const MARK: Readonly<Record<string, string>> = { warn: '!', alarm: '‼' }
