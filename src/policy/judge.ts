// What an answer means, when nobody says otherwise: refused connections surely did not run; a server's error or silence may have; a 4xx is
// the caller's own. Values are good, unless they are a fetch Response that says it is not.
import { isRejected, type Judgement } from '../core/index.ts'

export const GOOD: Judgement = Object.freeze({ ran: 'yes', blame: 'none' })
export const NOT_SENT: Judgement = Object.freeze({ ran: 'no', blame: 'them' })
export const FAILED: Judgement = Object.freeze({ ran: 'maybe', blame: 'them' })
export const DECLINED: Judgement = Object.freeze({ ran: 'no', blame: 'caller' })
/** The caller gave up while it ran. */
export const GIVEN_UP: Judgement = Object.freeze({ ran: 'maybe', blame: 'caller' })
export const REFUSED: Judgement = Object.freeze({ ran: 'no', blame: 'us' })

const CONNECT = new Set(
  'ECONNREFUSED ENOTFOUND EAI_AGAIN EHOSTUNREACH ENETUNREACH EHOSTDOWN EADDRNOTAVAIL UND_ERR_CONNECT_TIMEOUT'.split(' '),
)

/** The default reading of a thrown error. */
export function judgeError(error: unknown): Judgement {
  if (typeof error !== 'object' || error === null) return FAILED
  if (isRejected(error)) {
    if (error.code === 'SELFHEAL_TIMEOUT' || error.code === 'SELFHEAL_DEADLINE_EXCEEDED') return FAILED
    if (error.code === 'SELFHEAL_FAULT_INJECTED') return error.ran === 'no' ? NOT_SENT : FAILED
    if (error.name === 'AbortError') return { ran: error.ran, blame: 'caller' }
    return withRetryAfter({ ran: error.ran, blame: 'us' }, error.retryAfterMs)
  }
  const { code, cause } = error as { code?: unknown; cause?: unknown }
  if (typeof code === 'string' && CONNECT.has(code)) return NOT_SENT
  const status = statusOf(error)
  if (status !== undefined) return judgeStatus(status, retryAfterOf(error))
  // fetch() and many clients wrap the reason.
  if (cause !== error && typeof cause === 'object' && cause !== null && CONNECT.has(String((cause as { code?: unknown }).code)))
    return NOT_SENT
  return FAILED
}

/** The default reading of a value. */
export function judgeValue(value: unknown): Judgement {
  if (typeof value !== 'object' || value === null) return GOOD
  if ((value as { [Symbol.toStringTag]?: unknown })[Symbol.toStringTag] !== 'Response') return GOOD
  const { status, headers } = value as { status?: unknown; headers?: { get?(name: string): string | null } }
  if (typeof status !== 'number' || status < 400) return GOOD
  return judgeStatus(status, retryAfterMs(headers?.get?.('retry-after') ?? undefined))
}

/** 429 and 503 say that nothing was done; 408 and the other 5xx do not; the other 4xx blame the caller. */
export function judgeStatus(status: number, waitMs?: number): Judgement {
  if (status < 400) return GOOD
  if (status === 429 || status === 503) return withRetryAfter(NOT_SENT, waitMs)
  if (status >= 500 || status === 408) return withRetryAfter(FAILED, waitMs)
  return status === 425 ? NOT_SENT : DECLINED
}

/** A Retry-After header, in seconds or as a date, in milliseconds from now. */
export function retryAfterMs(header: string | undefined, wallMs: number = Date.now()): number | undefined {
  if (header === undefined) return undefined
  const seconds = Number(header)
  if (header.trim() !== '' && Number.isFinite(seconds)) return seconds >= 0 ? seconds * 1_000 : undefined
  const at = Date.parse(header)
  return Number.isNaN(at) ? undefined : Math.max(0, at - wallMs)
}

function withRetryAfter(judgement: Judgement, waitMs: number | undefined): Judgement {
  return waitMs === undefined ? judgement : { ...judgement, retryAfterMs: waitMs }
}

function statusOf(error: object): number | undefined {
  const { status, statusCode } = error as { status?: unknown; statusCode?: unknown }
  const found = typeof status === 'number' ? status : statusCode
  return typeof found === 'number' && found >= 400 && found < 600 ? found : undefined
}

function retryAfterOf(error: object): number | undefined {
  const { headers, response } = error as { headers?: unknown; response?: { headers?: unknown } }
  const found = headers ?? response?.headers
  if (typeof found !== 'object' || found === null) return undefined
  const get = (found as { get?: unknown }).get
  const value = typeof get === 'function' ? get.call(found, 'retry-after') : (found as Record<string, unknown>)['retry-after']
  return typeof value === 'string' ? retryAfterMs(value) : undefined
}
