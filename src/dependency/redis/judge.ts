// What a Redis error says. An answer that begins with a word in capitals is the server's own, and then the command was not done.
import { isRejected, type Judge, type Judgement } from '../../core/index.ts'

const j = (ran: Judgement['ran'], blame: Judgement['blame']): Judgement => Object.freeze({ ran, blame })
const WELL = j('yes', 'none')
const THEIRS = j('no', 'them')
const LOST = j('maybe', 'them')
const CALLERS = j('no', 'caller')
const OURS = j('no', 'us')

/** It can be read, and takes no writes just now. */
const READ_ONLY = /^(READONLY|OOM|MISCONF|NOREPLICAS)\b/
const SICK = /^(LOADING|BUSY|CLUSTERDOWN|MASTERDOWN|TRYAGAIN|NOAUTH|WRONGPASS|UNBLOCKED)\b/
const OWN = /^[A-Z][A-Z0-9]+\b/
const NOT_SENT =
  /ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|isn't writeable|client is closed|client is offline|connect ETIMEDOUT/i

export const saysReadOnly = (error: unknown): boolean => error instanceof Error && READ_ONLY.test(error.message)

export const judgeRedis: Judge = answer => {
  if (!('error' in answer)) return WELL
  const { error } = answer
  if (isRejected(error)) return error.ran === 'no' ? OURS : LOST
  if (!(error instanceof Error)) return LOST
  const { message } = error
  if (READ_ONLY.test(message)) return OURS
  if (SICK.test(message)) return THEIRS
  if (NOT_SENT.test(`${(error as { code?: string }).code ?? ''} ${message}`)) return THEIRS
  return OWN.test(message) && !/^E(CONN|PIPE|TIMEDOUT)/.test(message) ? CALLERS : LOST
}
