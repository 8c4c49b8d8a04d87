// What a handler could not do because we refused it (a breaker is open, a feature is off, its time is over), as an answer: 503 problem+json
// with Retry-After, where a framework by itself would say 500. For its error handler; what is not ours is none of it.
import { comeBackSeconds, isRejected } from '../core/index.ts'

export interface RejectedAnswer {
  readonly status: 503
  readonly headers: Readonly<Record<string, string>>
  /** Problem+json: nothing in it tells how we are built. */
  readonly body: string
}

/** Undefined: it is no RejectedError of ours. `random`: chance in [0, 1). */
export function rejectedAnswer(error: unknown, random: () => number = Math.random): RejectedAnswer | undefined {
  if (!isRejected(error)) return undefined
  const seconds = comeBackSeconds(error.retryAfterMs, random)
  const began = error.ran === 'maybe'
  const problem = {
    type: `urn:selfheal:problem:${began ? 'unknown' : 'not-now'}`,
    title: began ? 'It is not known whether it was done' : 'Not possible just now',
    status: 503,
    detail: began
      ? 'This was given up before its answer came. It may have been done: look before you try again.'
      : 'This can’t be done just now. Nothing was done; please try again in a moment.',
    code: error.code,
    retryAfterMs: seconds * 1_000,
  }
  const headers = { 'content-type': 'application/problem+json', 'retry-after': String(seconds), 'cache-control': 'no-store' }
  return Object.freeze({ status: 503, headers, body: JSON.stringify(problem) })
}
