// guard(): the policies in their one right order, under one deadline, with defaults that fit a start-up's traffic. `false` leaves one out.
//
//   deadline ─► retry ─► breaker ─► limit ─► timeout ─► your function
import { type Duration, defaultEvents, systemClock } from '../core/index.ts'
import { type Breaker, breakerFace } from './breaker/breaker.ts'
import { BreakerCore } from './breaker/core.ts'
import { BREAKER_OPTIONS, type BreakerOptions, readBreaker } from './breaker/options.ts'
import type { Policy } from './call.ts'
import { LimitCore } from './limit/core.ts'
import { type Limit, limitFace } from './limit/limit.ts'
import { LIMIT_OPTIONS, type LimitOptions, readLimit } from './limit/options.ts'
import { breakers, limits, type Named, newEngine, policyOf, readNamed, SURROUNDINGS } from './policy.ts'
import { Reader } from './read-options.ts'
import { newBudget, RETRY_OPTIONS, type RetryOptions, readRetry } from './retry.ts'

export interface GuardOptions extends Named {
  /** Of the whole call, retries included; the ambient one can only shorten it. Default 10 s; false: none of its own. */
  readonly deadline?: Duration | false
  /** Of each attempt. Default: what is left, shared among the attempts that may follow. */
  readonly timeout?: Duration | false
  readonly retry?: RetryOptions | false
  /** Options, or a breaker() of your own, which several guards may share. */
  readonly breaker?: BreakerOptions | Breaker | false
  /** How many at once, options, or a limit() of your own. */
  readonly limit?: number | LimitOptions | Limit | false
}

export interface Guard extends Policy {
  readonly breaker: Breaker | undefined
  readonly limit: Limit | undefined
}

export function guard(options: GuardOptions = {}): Guard {
  const read = new Reader()
  const given = read.object(options, '', [...SURROUNDINGS, 'deadline', 'timeout', 'retry', 'breaker', 'limit']) as GuardOptions
  const name = readNamed(given as Readonly<Record<string, unknown>>, 'guard', read)
  const { clock = systemClock, events = defaultEvents, random = Math.random } = given
  const key = given.key ?? name
  const deadlineMs = given.deadline === false ? Number.POSITIVE_INFINITY : read.duration(given.deadline, 'deadline', 10_000)
  const timeoutMs =
    given.timeout === false ? Number.POSITIVE_INFINITY : read.duration(given.timeout, 'timeout', Number.POSITIVE_INFINITY)
  const retry =
    given.retry === false
      ? undefined
      : readRetry(read.object(given.retry, 'retry', RETRY_OPTIONS) as RetryOptions, 'retry', read, random)
  let breaker = breakers.get(given.breaker as object)
  if (breaker === undefined && given.breaker !== false) {
    const of = read.object(given.breaker, 'breaker', BREAKER_OPTIONS) as BreakerOptions
    const maxKeys = read.count(of.maxKeys, 'breaker.maxKeys', 1_000)
    breaker = new BreakerCore(name, key, readBreaker(of, 'breaker', read, random), maxKeys, clock, events)
  }
  let limit = limits.get(given.limit as object)
  if (limit === undefined && given.limit !== false) {
    const of = (
      typeof given.limit === 'number' ? { max: given.limit } : read.object(given.limit, 'limit', LIMIT_OPTIONS)
    ) as LimitOptions
    limit = new LimitCore(name, key, readLimit(of, 'limit', read), read.count(of.maxKeys, 'limit.maxKeys', 1_000), clock, events)
  }
  read.done(name)
  const budget = retry === undefined || retry.share === Number.POSITIVE_INFINITY ? undefined : newBudget()
  const engine = newEngine(name, given, { deadlineMs, timeoutMs, retry, budget, breaker, limit })
  return Object.freeze({
    ...policyOf(engine),
    breaker: isGate(given.breaker) ? given.breaker : breaker && breakerFace(breaker, given),
    limit: isGate(given.limit) ? given.limit : limit && limitFace(limit, given),
  } as Guard)
}

function isGate<G extends Breaker | Limit>(given: unknown): given is G {
  return typeof given === 'object' && given !== null && (breakers.has(given) || limits.has(given))
}
