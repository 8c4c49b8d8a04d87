// What a pg error says: did the statement run, and whose fault is it? A statement the server answered with an ERROR was rolled back, so
// it did not run; a connection lost in the middle leaves it open. An app's own mistake must not open a breaker.
import { isRejected, type Judge, type Judgement } from '../../core/index.ts'

const j = (ran: Judgement['ran'], blame: Judgement['blame']): Judgement => Object.freeze({ ran, blame })
const WELL = j('yes', 'none')
const THEIRS = j('no', 'them')
const LOST = j('maybe', 'them')
const CALLERS = j('no', 'caller')
const OURS = j('no', 'us')
const UNREADABLE = j('maybe', 'caller')

/** By SQLSTATE, the longest that fits. */
const STATES: Readonly<Record<string, Judgement>> = {
  '08': LOST,
  '08001': THEIRS,
  '08004': THEIRS,
  // Not the database's illness, nor worth opening a breaker for: it is read-only, and the health says so.
  '25006': OURS,
  '28': THEIRS,
  '3D000': THEIRS,
  '53': THEIRS,
  '55P03': THEIRS,
  '57': THEIRS,
  '57P01': LOST,
  '57P02': LOST,
  '57P05': LOST,
  '58': LOST,
  XX: LOST,
}
/** Not connected: surely nothing was sent. */
const NOT_CONNECTED = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'ENOENT'])
const BROKEN = new Set(['ECONNRESET', 'EPIPE', 'ETIMEDOUT'])
const NOT_SENT =
  /^timeout expired|connection terminated due to connection timeout|is not queryable|error establishing an SSL|does not support SSL/i
const NO_ROOM = /timeout exceeded when trying to connect/i
const BROKE = /connection terminated|query read timeout/i

const READ_ONLY = '25006'

export const judgePostgres: Judge = answer => {
  if (!('error' in answer)) return WELL
  const { error } = answer
  if (isRejected(error)) return error.ran === 'no' ? OURS : LOST
  if (!(error instanceof Error)) return UNREADABLE
  const code = (error as { code?: unknown }).code
  if (typeof code === 'string') {
    if (NOT_CONNECTED.has(code)) return THEIRS
    if (BROKEN.has(code)) return (error as { syscall?: string }).syscall === 'connect' ? THEIRS : LOST
    if (/^[0-9A-Z]{5}$/.test(code)) return STATES[code] ?? STATES[code.slice(0, 2)] ?? CALLERS
  }
  if (NO_ROOM.test(error.message)) return OURS
  if (NOT_SENT.test(error.message)) return THEIRS
  return BROKE.test(error.message) ? LOST : UNREADABLE
}

/** What an answer's error may be a sign of. */
export const doubtOf =
  (more: { doubt(why: string): void }) =>
  (error: Error & { code?: string }): void => {
    if (error.code === READ_ONLY) more.doubt('a write was refused')
  }
