// Tells "the database can't be reached or is not itself" from a fault of ours: the first is answered with 503 and a moment's patience.
import { isRejected } from 'selfheal'

const CODES = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH'])
/** SQLSTATE classes: 08 connection, 53 out of resources, 57 operator's intervention (shutdown, statement cancelled). 55P03: lock timeout. */
const STATES = /^(08|53|57|55P03)/
const SAYINGS =
  /connection terminated|timeout exceeded when trying to connect|query read timeout|client has encountered a connection error|not queryable/i

export function isDatabaseTrouble(error: unknown): boolean {
  // Refused or cut by its guard: it is away, or too slow just now.
  if (isRejected(error)) return true
  if (!(error instanceof Error)) return false
  const code = 'code' in error ? String(error.code) : ''
  return CODES.has(code) || (code.length === 5 && STATES.test(code)) || SAYINGS.test(error.message)
}
