// What was: incidents with the story that `selfheal why` tells, and the drills' reports. Asks the running selfheal; reads its files when none runs.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ControlClient, ShownPart } from '../control/index.ts'
import type { Json } from '../core/index.ts'
import { type Entry, type Explained, explain, incidentsOf, type Query, readJournal } from '../journal/index.ts'

const MOST = 5_000
const DAY_MS = 24 * 60 * 60_000
const STEPS = 60
const SHOWN = 100

export interface ToldIncident extends Explained {
  readonly level: string
  /** Steps that are left out of `steps`. */
  readonly more: number
  readonly spans: readonly { readonly source: string; readonly key: string; readonly from: number; readonly to: number | null }[]
}

/** Of the last day, the newest first. */
export async function incidents(client: ControlClient, folder: string, nowWall: number): Promise<readonly ToldIncident[]> {
  const entries = await entriesOf(client, folder, { level: 'debug', limit: MOST, since: nowWall - DAY_MS })
  return incidentsOf(entries)
    .slice(-SHOWN)
    .reverse()
    .map(incident => {
      const told = explain(incident, nowWall)
      return {
        ...told,
        level: incident.level,
        steps: told.steps.slice(0, STEPS),
        more: Math.max(0, told.steps.length - STEPS),
        spans: incident.troubles.map(({ key, source, began, ended }) => ({
          source,
          key: key.split(':')[0] ?? '',
          from: began.wall,
          to: ended?.wall ?? null,
        })),
      }
    })
}

async function entriesOf(client: ControlClient, folder: string, query: Query): Promise<readonly Entry[]> {
  let parts: readonly ShownPart[]
  try {
    parts = (await client.parts()).parts
  } catch (error) {
    const file = join(folder, 'journal.db')
    if ((error as { code?: string }).code !== 'SELFHEAL_NOTHING_RUNS' || !existsSync(file)) throw error
    const reader = readJournal(file)
    try {
      return await reader.query(query)
    } finally {
      reader.close()
    }
  }
  const part = parts.find(one => one.kind === 'journal')
  if (part === undefined) return []
  const who = { by: 'dashboard', why: 'its page is open' }
  return (await client.act(part.path, 'query', query as unknown as Json, who)) as unknown as readonly Entry[]
}

/** As `selfheal drill` kept them; null when there was none. */
export function lastDrills(folder: string): Json {
  const read = (name: string) => {
    try {
      return readFileSync(join(folder, 'drills', name), 'utf8')
    } catch {
      return undefined
    }
  }
  const history = (read('history.jsonl') ?? '').split('\n').flatMap(line => parsed(line) ?? [])
  const kept = (name: string) => parsed(read(name) ?? '') ?? null
  return { history: history.slice(-200), last: kept('report.json'), crash: kept('crash.json') }
}

function parsed(text: string): Json | undefined {
  try {
    return text === '' ? undefined : (JSON.parse(text) as Json)
  } catch {
    // Torn by a kill: the rest can still be read.
    return undefined
  }
}
