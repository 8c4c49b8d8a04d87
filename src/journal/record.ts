// The journal's file, as the one who has it open sees it: writes lines, answers queries. All of it at once, and on the thread that calls:
// the writer's worker thread, or a reader without a supervisor.
import type { DatabaseSync } from 'node:sqlite'
import type { Json } from '../core/index.ts'
import type { Store } from '../store/index.ts'
import { type Entry, LEVELS, type Query, type Why } from './entry.ts'
import type { Line } from './line.ts'
import { masked } from './mask.ts'

const MAX_DATA = 64 * 1024
/** How much of one incident is shown. */
const MAX_INCIDENT = 1_000
const COLUMNS = 'row, id, name, source, at, wall, level, because, data'

/** Writes all of them or none. What is there already (a batch sent twice) is left as it is. Returns how many were new. */
export function writeLines(store: Store, lines: readonly Line[]): number {
  const insert = store.db.prepare(
    'INSERT INTO event (id, name, source, at, wall, level, because, boot, data) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING',
  )
  return store.transaction(() => {
    let written = 0
    for (const { id, name, source, at, wall, level, because, data } of lines)
      written += Number(insert.run(id, name, source, at, wall, level, because, bootOf(id), fitData(data)).changes)
    return written
  })
}

/** Oldest first, in any case. */
export function readEntries(db: DatabaseSync, query: Query): readonly Entry[] {
  const { since, until, source, name, level, incident, afterRow, limit = 100 } = query
  const where: string[] = []
  const values: (string | number)[] = []
  const add = (text: string, ...more: (string | number)[]) => {
    where.push(text)
    values.push(...more)
  }
  if (since !== undefined) add('wall >= ?', since)
  if (until !== undefined) add('wall < ?', until)
  if (level !== undefined) add('level >= ?', LEVELS.indexOf(level))
  // '0' comes right after '/': what is between is under the path.
  if (source !== undefined) add('(source = ? OR (source > ? AND source < ?))', source, `${source}/`, `${source}0`)
  if (name?.endsWith('*')) add('substr(name, 1, ?) = ?', name.length - 1, name.slice(0, -1))
  else if (name !== undefined) add('name = ?', name)
  if (incident !== undefined) add(`row IN (${TREE})`, chainOf(db, incident)[0]?.id ?? incident)
  if (afterRow !== undefined) add('row > ?', afterRow)
  const order = afterRow === undefined ? 'DESC' : 'ASC'
  const sql = `SELECT ${COLUMNS} FROM event ${where.length === 0 ? '' : `WHERE ${where.join(' AND ')}`} ORDER BY row ${order} LIMIT ?`
  const rows = db.prepare(sql).all(...values, limit)
  return (order === 'DESC' ? rows.reverse() : rows).map(toEntry)
}

export function readWhy(db: DatabaseSync, id: string): Why | undefined {
  const chain = chainOf(db, id)
  if (chain.length === 0) return undefined
  const tree = db.prepare(`SELECT ${COLUMNS} FROM event WHERE row IN (${TREE}) ORDER BY row LIMIT ${MAX_INCIDENT}`)
  return { chain, incident: tree.all(chain[0]!.id).map(toEntry) }
}

/** Everything that came of one entry, itself included. UNION, not UNION ALL: a circle ends. */
const TREE = `WITH RECURSIVE tree (row, id) AS (
    SELECT row, id FROM event WHERE id = ?
    UNION SELECT event.row, event.id FROM event JOIN tree ON event.because = tree.id LIMIT ${MAX_INCIDENT}
  ) SELECT row FROM tree`

/** From the first sign that is still there to `id`. */
function chainOf(db: DatabaseSync, id: string): readonly Entry[] {
  const find = db.prepare(`SELECT ${COLUMNS} FROM event WHERE id = ?`)
  const chain: Entry[] = []
  const seen = new Set<string>()
  for (let next: string | undefined = id; next !== undefined && !seen.has(next) && chain.length < MAX_INCIDENT; ) {
    seen.add(next)
    const row = find.get(next)
    if (row === undefined) break
    chain.unshift(toEntry(row))
    next = chain[0]!.because
  }
  return chain
}

function toEntry(row: Record<string, unknown>): Entry {
  const { row: place, id, name, source, at, wall, level, because, data } = row as unknown as Row
  return {
    row: place,
    v: 1,
    id,
    name,
    source,
    at,
    wall,
    level: LEVELS[level] ?? 'info',
    ...(because === null ? {} : { because }),
    data: JSON.parse(data) as Json,
  }
}

interface Row extends Line {
  readonly row: number
}

/** Masked, and short enough to be kept. */
function fitData(text: string): string {
  const fit = JSON.stringify(masked(JSON.parse(text) as Json))
  return fit.length <= MAX_DATA ? fit : JSON.stringify({ cut: text.length })
}

const bootOf = (id: string) => (id.includes('.') ? id.slice(0, id.lastIndexOf('.')) : '')
