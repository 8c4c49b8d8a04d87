// Our own refusals. The user's errors pass through untouched; these are the ones we make. Detect them by code or brand, never by
// instanceof across packages.
import { comeBackSeconds } from './come-back.ts'

const REJECTED = Symbol.for('selfheal.rejected.1')
const CONFIG = Symbol.for('selfheal.config-error.1')
/** It was begun, and its time ran out. */
const LATE = new Set(['SELFHEAL_TIMEOUT', 'SELFHEAL_DEADLINE_EXCEEDED', 'SELFHEAL_COMPUTE_TIMEOUT', 'SELFHEAL_FAILOVER_CUT'])

export interface RejectedFacts {
  /** Stable, versioned: 'SELFHEAL_BREAKER_OPEN'. */
  readonly code: string
  readonly policy: string
  readonly key: string
  /** 'no': surely not run. 'maybe': it may have run. */
  readonly ran: 'no' | 'maybe'
  readonly retryAfterMs?: number
  readonly remainingMs?: number
  /** What a person can do about it. */
  readonly hint: string
  readonly cause?: unknown
}

/** Our own refusal of a call (the provider's no is "declined"). */
export class RejectedError extends Error implements RejectedFacts {
  override readonly name: string = 'RejectedError'
  readonly code!: string
  readonly policy!: string
  readonly key!: string
  readonly ran!: 'no' | 'maybe'
  declare readonly retryAfterMs?: number
  declare readonly remainingMs?: number
  readonly hint!: string
  constructor(message: string, facts: RejectedFacts) {
    const { cause, ...rest } = facts
    super(message, cause === undefined ? undefined : { cause })
    Object.assign(this, rest)
    Object.defineProperty(this, REJECTED, { value: true })
  }
  /**
   * For a web framework whose handler lets it through (Express, Fastify and Koa read it): 503, or 504 when it was begun and its time ran out.
   * Not `statusCode`: NestJS shows the message, where a host may stand, to the caller of an error that has one.
   */
  get status(): 503 | 504 {
    return this.ran === 'maybe' && LATE.has(this.code) ? 504 : 503
  }
  /** As `status`: when to come back, in seconds. */
  get headers(): { readonly 'retry-after': string } {
    return { 'retry-after': String(comeBackSeconds(this.retryAfterMs)) }
  }
}

export function isRejected(error: unknown): error is RejectedError {
  return typeof error === 'object' && error !== null && REJECTED in error
}

export interface Fault {
  /** Where: 'programs.app.run', 'children[2].shutdown'. */
  readonly at: string
  /** What is wrong, and what it should be. */
  readonly says: string
}

/** Impossible or unknown options: every fault at once, each with its place. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
  readonly code = 'SELFHEAL_CONFIG'
  readonly faults: readonly Fault[]
  readonly mend = 'Mend each of the faults named. Nothing was started.'
  constructor(what: string, faults: readonly Fault[]) {
    super(`${what}: ${faults.length === 1 ? '' : `${faults.length} faults: `}${faults.map(f => `${f.at} ${f.says}`).join('; ')}`)
    this.faults = Object.freeze([...faults])
    Object.defineProperty(this, CONFIG, { value: true })
  }
}

export function isConfigError(error: unknown): error is ConfigError {
  return typeof error === 'object' && error !== null && CONFIG in error
}

/** A refusal of the tools around the app (CLI, state folder, control socket, ports): one line that says what is wrong, and one that mends it. */
export class SelfhealError extends Error {
  override readonly name = 'SelfhealError'
  /** Stable, versioned: 'SELFHEAL_PORT_TAKEN'. */
  readonly code: string
  /** What to do about it, as a sentence or a command. */
  readonly mend: string
  constructor(code: string, message: string, mend: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.code = code
    this.mend = mend
  }
}
