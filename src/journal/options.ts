// The journal's options, judged at the border.
import { type Clock, ConfigError, type Duration, durationMs, type Events, type Fault, systemClock } from '../core/index.ts'
import { LEVELS, type Query } from './entry.ts'
import type { Keep } from './prune.ts'

export interface JournalOptions {
  /** The database file; its folder is made when it is not there. Must have no other writing process. */
  readonly file: string
  /** Older entries are forgotten. Default 30 d. */
  readonly keepFor?: Duration
  /** More entries than that are forgotten, oldest first. Minimum 1,000, default 50,000. */
  readonly keepRows?: number
  /** A file of more bytes than that forgets the oldest. Minimum 1 MB, default 64 MB. */
  readonly keepBytes?: number
  /** Told of trouble with the journal itself. It does not listen there: `events.on('*', journal.append)` is the caller's. */
  readonly events?: Events
  readonly clock?: Clock
}

export interface Settled {
  readonly file: string
  readonly keep: Keep
  readonly events: Events | undefined
  readonly clock: Clock
}

const KEEP_BYTES = 64 * 1024 * 1024
const LEAST_BYTES = 1024 * 1024

export function settle({
  file,
  keepFor = '30d',
  keepRows = 50_000,
  keepBytes = KEEP_BYTES,
  events,
  clock = systemClock,
  ...rest
}: JournalOptions): Settled {
  const keepForMs = durationMs(keepFor)
  const faults: Fault[] = Object.keys(rest).map(key => ({ at: key, says: 'unknown' }))
  if (typeof file !== 'string' || file === '') faults.push({ at: 'file', says: 'must be a path' })
  if (keepForMs === undefined) faults.push({ at: 'keepFor', says: "must be milliseconds, or text such as '30d'" })
  if (!Number.isSafeInteger(keepRows) || keepRows < 1_000)
    faults.push({ at: 'keepRows', says: 'must be a whole number, at least 1000' })
  if (!Number.isSafeInteger(keepBytes) || keepBytes < LEAST_BYTES)
    faults.push({ at: 'keepBytes', says: `must be a whole number of bytes, at least ${LEAST_BYTES}` })
  if (faults.length > 0) throw new ConfigError('journal', faults)
  return { file, keep: { keepForMs: keepForMs!, keepRows, keepBytes }, events, clock }
}

/** Queries come over the wire, too. Throws ConfigError. */
export function checkQuery(query: Query): Query {
  const { since, until, source, name, level, incident, afterRow, limit, ...rest } = query ?? {}
  const faults: Fault[] = Object.keys(rest).map(key => ({ at: key, says: 'unknown' }))
  for (const [at, value] of Object.entries({ since, until, afterRow }))
    if (value !== undefined && !Number.isFinite(value)) faults.push({ at, says: 'must be a number' })
  for (const [at, value] of Object.entries({ source, name, incident }))
    if (value !== undefined && typeof value !== 'string') faults.push({ at, says: 'must be text' })
  if (level !== undefined && !LEVELS.includes(level)) faults.push({ at: 'level', says: `must be one of ${LEVELS.join(', ')}` })
  if (limit !== undefined && !(Number.isSafeInteger(limit) && limit >= 1 && limit <= 10_000))
    faults.push({ at: 'limit', says: 'must be a whole number from 1 to 10000' })
  if (faults.length > 0) throw new ConfigError('query', faults)
  return query ?? {}
}
