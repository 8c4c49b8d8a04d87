// Retry: which failures are tried again, when, and how many in all. The budget is charged when a retry is planned, so that the wave after a
// backoff is bounded too; when it is spent, the first error stands. engine.ts asks; nothing here runs a call.
import { type Backoff, backoffMs, type Duration, type Judgement } from '../core/index.ts'
import type { Reader } from './read-options.ts'

export interface RetryOptions {
  /** Tries in all, the first included. Default 3. */
  readonly attempts?: number
  /** The first wait: full jitter up to it, doubled with each try. Default 100 ms. */
  readonly base?: Duration
  /** No wait is longer, but a Retry-After. Default 2 s. */
  readonly cap?: Duration
  /** Retries may be this share of the calls of the last 10 s, and one a second more. Default 0.1; 'unlimited': no budget. */
  readonly budget?: number | 'unlimited'
}

export interface RetryFigures {
  readonly attempts: number
  readonly backoff: Backoff
  /** Infinity: no budget. */
  readonly share: number
  readonly random: () => number
}

export const RETRY_OPTIONS = ['attempts', 'base', 'cap', 'budget']

export function readRetry(given: RetryOptions, at: string, read: Reader, random: () => number): RetryFigures {
  const path = (name: string) => (at === '' ? name : `${at}.${name}`)
  return Object.freeze({
    attempts: read.count(given.attempts, path('attempts'), 3, { most: 100 }),
    backoff: Object.freeze({
      baseMs: read.duration(given.base, path('base'), 100),
      capMs: read.duration(given.cap, path('cap'), 2_000),
      jitter: 1,
    }),
    share: given.budget === 'unlimited' ? Number.POSITIVE_INFINITY : read.share(given.budget, path('budget'), 0.1),
    random,
  })
}

const SECONDS = 10

/** Calls and retries of the last 10 s. */
export interface Budget {
  readonly calls: Uint32Array
  readonly retries: Uint32Array
  second: number
}

export function newBudget(): Budget {
  return { calls: new Uint32Array(SECONDS), retries: new Uint32Array(SECONDS), second: -1 }
}

export function deposit(budget: Budget, now: number): void {
  const second = Math.floor(now / 1_000)
  if (second > budget.second) moveOn(budget, second)
  budget.calls[second % SECONDS]!++
}

/** Charges one retry, if the budget has it. */
export function charge(budget: Budget, share: number, now: number): boolean {
  const second = Math.floor(now / 1_000)
  if (second > budget.second) moveOn(budget, second)
  let calls = 0
  let retries = 0
  for (let i = 0; i < SECONDS; i++) {
    calls += budget.calls[i]!
    retries += budget.retries[i]!
  }
  if (retries + 1 > calls * share + SECONDS) return false
  budget.retries[budget.second % SECONDS]!++
  return true
}

function moveOn(budget: Budget, second: number) {
  for (let s = Math.max(budget.second + 1, second - SECONDS + 1); s <= second; s++) {
    budget.calls[s % SECONDS] = 0
    budget.retries[s % SECONDS] = 0
  }
  budget.second = second
}

/** Only what surely did not run, or may run twice, and only what is the dependency's fault. */
export function worthRetrying(judgement: Judgement, idempotent: boolean): boolean {
  return judgement.blame === 'them' && (judgement.ran === 'no' || idempotent)
}

/** A Retry-After is a promise of theirs: never earlier, and a little spread. */
export function waitMs({ backoff, random }: RetryFigures, tried: number, retryAfterMs: number | undefined): number {
  const own = backoffMs(tried - 1, backoff, random)
  return retryAfterMs === undefined ? own : Math.max(retryAfterMs * (1 + 0.1 * random()), own)
}

/** One try that failed, and why no other followed, for attemptsOf(). */
export interface Try {
  readonly attempt: number
  readonly answer: Answer
  readonly judgement: Judgement
}
export type Answer = { readonly error: unknown } | { readonly value: unknown }

export interface Attempts {
  readonly tries: readonly Try[]
  readonly stopped: 'attempts' | 'budget' | 'deadline' | 'breaker' | 'not_retryable' | 'refused' | 'aborted' | 'retry_after'
}

const told = new WeakMap<object, Attempts>()

/** The tries that led to this error, when there was more than one or a retry was suppressed. */
export function attemptsOf(error: unknown): Attempts | undefined {
  return typeof error === 'object' && error !== null ? told.get(error) : undefined
}

export function tellAttempts(error: unknown, attempts: Attempts): void {
  if (typeof error === 'object' && error !== null) told.set(error, Object.freeze(attempts))
}
