// What a mysql2 error says. An error with a number is the server's answer: the statement did not take effect.
import { isRejected, type Judge, type Judgement } from '../../core/index.ts'

const j = (ran: Judgement['ran'], blame: Judgement['blame']): Judgement => Object.freeze({ ran, blame })
const WELL = j('yes', 'none')
const THEIRS = j('no', 'them')
const LOST = j('maybe', 'them')
const CALLERS = j('no', 'caller')
const OURS = j('no', 'us')

/** read_only, super_read_only, in a read-only transaction; a disk that is full. */
const READ_ONLY = new Set([1290, 1792, 1836, 1021, 1114])
/** Too many connections, access, no such database, lock wait, interrupted, statement timeouts. */
const SICK = new Set([1040, 1044, 1045, 1049, 1129, 1205, 1203, 1226, 1317, 1698, 1969, 3024, 4025])
const GOING = new Set([1053, 1927, 3168])
const NOT_CONNECTED = /ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH/
const NO_ROOM = /Queue limit reached|No connections available|Pool is closed|no connection was free/

export const saysReadOnly = (error: unknown): boolean => READ_ONLY.has((error as { errno?: number } | null)?.errno ?? 0)

export const judgeMysql: Judge = answer => {
  if (!('error' in answer)) return WELL
  const { error } = answer
  if (isRejected(error)) return error.ran === 'no' ? OURS : LOST
  if (!(error instanceof Error)) return LOST
  const { code = '', errno = 0, syscall } = error as { code?: string; errno?: number; syscall?: string }
  if (NOT_CONNECTED.test(code) || ((code === 'ETIMEDOUT' || code === 'ECONNRESET') && syscall === 'connect')) return THEIRS
  if (READ_ONLY.has(errno)) return OURS
  if (SICK.has(errno)) return THEIRS
  if (GOING.has(errno)) return LOST
  if (errno > 0 && code.startsWith('ER_')) return CALLERS
  return NO_ROOM.test(error.message) ? OURS : LOST
}
