// Our own refusals on the hot path: RejectedErrors without a stack (it would cost ten times the call), whose message is made when it is
// read. Each says policy, key, why, when to come back, and what was left of the deadline.
import { formatMs, RejectedError } from '../core/index.ts'
import { inspected } from './inspected.ts'

interface Kind {
  readonly code: string
  readonly policy: string
  readonly ran: 'no' | 'maybe'
  readonly name: string
  readonly says: string
  readonly hint: string
}

const kind = (code: string, policy: string, ran: Kind['ran'], says: string, hint: string, name = 'RejectedError'): Kind =>
  Object.freeze({ code: `SELFHEAL_${code}`, policy, ran, says, hint, name })

const NOT_MADE = 'the call was not made'
const LOOK = 'Look whether it was done before you do it again'

export const REFUSALS = {
  open: kind(
    'BREAKER_OPEN',
    'breaker',
    'no',
    `failed too often lately: ${NOT_MADE}`,
    'Come back after retryAfterMs, or answer with something else meanwhile (fallback, stale)',
  ),
  ramping: kind(
    'BREAKER_RAMPING',
    'breaker',
    'no',
    `is just coming back, and takes a rising share of calls: ${NOT_MADE}`,
    'Come back after retryAfterMs',
  ),
  isolated: kind(
    'BREAKER_ISOLATED',
    'breaker',
    'no',
    `was isolated by an operator: ${NOT_MADE}`,
    'The operator who isolated it resets it',
  ),
  full: kind(
    'LIMIT_FULL',
    'limit',
    'no',
    `has as many calls running and waiting as it may: ${NOT_MADE}`,
    'Send less at once, or raise `limit` if the dependency can take more',
  ),
  shed: kind(
    'LIMIT_SHED',
    'limit',
    'no',
    `is overloaded, and this call waited too long or gave way to one of higher priority: ${NOT_MADE}`,
    'Come back later; lower the load, or raise `limit` if the dependency can take more',
  ),
  rate: kind(
    'RATE_LIMITED',
    'rate',
    'no',
    `is called more often than its rate allows: ${NOT_MADE}`,
    'Come back after retryAfterMs',
  ),
  timeout: kind(
    'TIMEOUT',
    'timeout',
    'maybe',
    'did not answer in time; the call may still have had its effect',
    `${LOOK}; raise \`timeout\` if it is slow by nature`,
    'TimeoutError',
  ),
  deadline: kind(
    'DEADLINE_EXCEEDED',
    'deadline',
    'maybe',
    'did not answer before the deadline; the call may still have had its effect',
    `${LOOK}; give the whole request more time, or do less in it`,
    'TimeoutError',
  ),
  tooLate: kind(
    'DEADLINE_EXCEEDED',
    'deadline',
    'no',
    `had too little time left before the deadline: ${NOT_MADE}`,
    'Nothing was done: asking again with more time is safe',
    'TimeoutError',
  ),
  aborted: kind(
    'ABORTED',
    'abort',
    'maybe',
    'was given up by its caller; the call may still have had its effect',
    LOOK,
    'AbortError',
  ),
  abortedEarly: kind('ABORTED', 'abort', 'no', `was given up by its caller: ${NOT_MADE}`, 'Nothing was done', 'AbortError'),
  fault: kind(
    'FAULT_INJECTED',
    'fault',
    'no',
    `was made to fail by fault injection: ${NOT_MADE}`,
    'A drill is on: it ends by itself, or by the verb `off` of this fault',
  ),
} as const satisfies Readonly<Record<string, Kind>>

interface Refusal {
  readonly code: string
  readonly policy: string
  /** Of the guard or policy: 'db'. */
  readonly guard: string
  readonly key: string
  readonly ran: 'no' | 'maybe'
  readonly retryAfterMs: number | undefined
  readonly remainingMs: number | undefined
  cause?: unknown
  stack: string
  /** It does not enumerate: the message tells it. */
  readonly [WITHIN]?: number
}
const WITHIN = Symbol('within')

const kindOf = ({ code, ran }: Refusal) => Object.values(REFUSALS).find(kind => kind.code === code && kind.ran === ran)!

function messageOf(refusal: Refusal): string {
  const { guard, key, retryAfterMs, remainingMs } = refusal
  const back = retryAfterMs === undefined ? '' : `; come back in ${formatMs(retryAfterMs)}`
  const left = remainingMs === undefined || remainingMs <= 0 ? '' : `; ${formatMs(remainingMs)} of its deadline left`
  const { [WITHIN]: within } = refusal
  const { says } = kindOf(refusal)
  const told = within === undefined ? says : says.replace(/in time|before the deadline/, `within ${formatMs(within)}`)
  return `${subject(guard, key)} ${told}${back}${left}`
}

/** A deadline by itself answers nothing: its key says what was waited for. */
const subject = (guard: string, key: string) =>
  guard === 'deadline' ? (key === guard ? 'what ran under deadline.run()' : key) : key === guard ? key : `${guard} (${key})`

/** Made when it is read, and may be written over: loggers and test runners do. */
const lazy = (name: string, get: (of: Refusal) => string): PropertyDescriptor => ({
  get(this: Refusal) {
    return get(this)
  },
  set(this: object, value: unknown) {
    Object.defineProperty(this, name, { value, writable: true, configurable: true })
  },
})

// A RejectedError to whoever asks (brand, instanceof, code), made without Error's constructor.
const prototype = Object.create(RejectedError.prototype, {
  [Symbol.for('selfheal.rejected.1')]: { value: true },
  name: lazy('name', refusal => kindOf(refusal).name),
  hint: lazy('hint', refusal => kindOf(refusal).hint),
  message: lazy('message', messageOf),
  [Symbol.for('nodejs.util.inspect.custom')]: { value: inspected },
}) as object

type Make = new (kind: Kind, guard: string, key: string, retryAfterMs?: number, remainingMs?: number) => RejectedError

const Stackless = function (
  this: { -readonly [K in keyof Refusal]: Refusal[K] },
  kind: Kind,
  guard: string,
  key: string,
  retryAfterMs?: number,
  remainingMs?: number,
) {
  this.code = kind.code
  this.policy = kind.policy
  this.guard = guard
  this.key = key
  this.ran = kind.ran
  this.retryAfterMs = retryAfterMs
  this.remainingMs = remainingMs
  // Its own: of what nobody catches Node tells only that (`reason ""`, if it were its prototype's). A rope: it costs nothing until it is read.
  this.stack = `${kind.name}: ${subject(guard, key)} ${kind.says}`
} as unknown as Make
Stackless.prototype = prototype

/** A refusal of `kind`. Milliseconds are counted from now; a deadline at Infinity is none. */
export function refusal(
  kind: Kind,
  guard: string,
  key: string,
  retryAfterMs?: number,
  remainingMs?: number,
  cause?: unknown,
): RejectedError {
  const error = new Stackless(kind, guard, key, retryAfterMs, remainingMs === Number.POSITIVE_INFINITY ? undefined : remainingMs)
  if (cause !== undefined) (error as { cause?: unknown }).cause = cause
  return error
}

/** It ran, and had this long. */
export function lateRefusal(
  kind: Kind,
  guard: string,
  key: string,
  remainingMs: number,
  withinMs: number | undefined,
): RejectedError {
  const error = refusal(kind, guard, key, undefined, remainingMs)
  if (withinMs === undefined) return error
  Object.defineProperty(error, WITHIN, { value: withinMs })
  error.stack = `${kind.name}: ${error.message}`
  return error
}
