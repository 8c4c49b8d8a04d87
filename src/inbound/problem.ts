// The body of a refusal, as RFC 9457 has it. For programs its code, for people its detail; it says that nothing was done.
import type { ShownCause } from '../core/index.ts'

export interface Problem {
  readonly type: string
  readonly title: string
  readonly status: 503
  readonly detail: string
  /** Stable: SELFHEAL_READ_ONLY, or SELFHEAL_FEATURE_OFF. */
  readonly code: string
  readonly feature: string
  readonly causes: readonly ShownCause[]
  readonly retryAfterMs: number
}

export function problemOf(about: {
  readonly feature: string
  readonly off: boolean
  readonly causes: readonly ShownCause[]
  readonly retryAfterMs: number
}): Problem {
  const { feature, off, causes, retryAfterMs } = about
  const why = causes.map(cause => cause.says).filter(says => says !== '')
  const what = off ? 'This can’t be done' : 'Nothing can be changed here'
  return {
    type: `urn:selfheal:problem:${off ? 'feature-off' : 'read-only'}`,
    title: off ? 'Not available just now' : 'Read-only just now',
    status: 503,
    detail: `${what} just now${why.length === 0 ? '' : `: ${why.join(', ')}`}. Nothing was done; please try again in a moment.`,
    code: off ? 'SELFHEAL_FEATURE_OFF' : 'SELFHEAL_READ_ONLY',
    feature,
    causes,
    retryAfterMs,
  }
}
