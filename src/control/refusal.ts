// How the control socket says no: { code, message, mend } and an HTTP status. The client makes a SelfhealError of it again.
import { isConfigError, isRejected, SelfhealError } from '../core/index.ts'

export interface Refusal {
  readonly status: number
  readonly code: string
  readonly message: string
  readonly mend: string
}

export function refuse(status: number, code: string, message: string, mend: string): Refusal {
  return Object.freeze({ status, code, message, mend })
}

/** What a verb or a part threw. A refusal of ours keeps its code and mend; anything else is the part's own failure. */
export function refusalOf(error: unknown): Refusal {
  if (isOurs(error)) return refuse(409, error.code, error.message, error.mend)
  if (isConfigError(error)) return refuse(400, error.code, error.message, 'Mend each of the faults named.')
  if (isRejected(error)) return refuse(409, error.code, error.message, error.hint)
  const message = error instanceof Error ? error.message : String(error)
  return refuse(500, 'SELFHEAL_VERB_FAILED', message || 'it failed without a word', 'Look at what happened: selfheal journal')
}

export function toError({ code, message, mend }: Pick<Refusal, 'code' | 'message' | 'mend'>): SelfhealError {
  return new SelfhealError(code, message, mend)
}

/** A SelfhealError, or the like of a room that has its own. */
function isOurs(error: unknown): error is Pick<SelfhealError, 'code' | 'message' | 'mend'> {
  const { code, mend } = (error ?? {}) as Partial<SelfhealError>
  return error instanceof Error && typeof mend === 'string' && typeof code === 'string' && code.startsWith('SELFHEAL_')
}
