// Reading of errors that all network clients share: which of them prove that nothing was sent. Everything else may have run.
import { isRejected, type Judgement } from '../core/index.ts'

/** The connection was never there, so no byte of the request has left. */
const NEVER_SENT = new Set([
  'ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'EADDRNOTAVAIL', 'UND_ERR_CONNECT_TIMEOUT', 'ERR_TLS_CERT_ALTNAME_INVALID',
  'CERT_HAS_EXPIRED', 'DEPTH_ZERO_SELF_SIGNED_CERT', 'SELF_SIGNED_CERT_IN_CHAIN', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
]) // biome-ignore format: a list
const IN_TEXT = /\b(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH)\b/

export const OK: Judgement = Object.freeze({ ran: 'yes', blame: 'none' })
/** Refused before anything was done. */
export const NOT_DONE: Judgement = Object.freeze({ ran: 'no', blame: 'them' })
export const MAYBE: Judgement = Object.freeze({ ran: 'maybe', blame: 'them' })
/** The customer's card, or what they asked for. */
export const NO: Judgement = Object.freeze({ ran: 'no', blame: 'caller' })

/** Surely not sent; looks at what the error was caused by too. Never true for a client that may have tried before. */
export function neverSent(error: unknown): boolean {
  for (let e = error, depth = 0; typeof e === 'object' && e !== null && depth < 5; depth++) {
    const { code, detail, cause, errors, message, type, syscall } = e as Record<string, unknown>
    if ((typeof code === 'string' && NEVER_SENT.has(code)) || syscall === 'connect' || syscall === 'getaddrinfo') return true
    if (Array.isArray(errors) && errors.length > 0 && errors.every(neverSent)) return true
    // Braintree keeps the error's text only.
    if (type === 'unexpectedError' && typeof message === 'string' && IN_TEXT.test(message)) return true
    e = detail ?? cause
  }
  return false
}

/** By HTTP status, where nothing better is known: a refusal at the door did nothing; a 5xx may have. */
export function judgeStatus(status: number, retryAfterMs?: number): Judgement {
  const after = retryAfterMs === undefined ? {} : { retryAfterMs }
  if (status >= 200 && status < 300) return OK
  if (status === 401 || status === 403 || status === 407) return NOT_DONE
  if (status === 429) return { ...NOT_DONE, ...after }
  if (status === 408 || status === 409 || status === 425 || status >= 500) return { ...MAYBE, ...after }
  return status >= 400 ? NO : MAYBE
}

/** Our own refusals, and what proves itself unsent; undefined: ask further. */
export function judgeCommon(error: unknown): Judgement | undefined {
  if (isRejected(error)) return { ran: error.ran, blame: error.code === 'SELFHEAL_FAILOVER_CUT' ? 'them' : 'us' }
  return neverSent(error) ? NOT_DONE : undefined
}

/** `Retry-After` in milliseconds: seconds, or a date. */
export function retryAfterMs(value: unknown, nowMs: number = Date.now()): number | undefined {
  if (typeof value !== 'string' && typeof value !== 'number') return undefined
  const seconds = Number(value)
  if (Number.isFinite(seconds)) return seconds >= 0 ? seconds * 1_000 : undefined
  const at = Date.parse(String(value))
  return Number.isNaN(at) ? undefined : Math.max(0, at - nowMs)
}
