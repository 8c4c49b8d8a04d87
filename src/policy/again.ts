// After a failure: tried again, or handed to the caller as it came, with why.
import { AsyncResource } from 'node:async_hooks'
import type { Judgement } from '../core/index.ts'
import { channels } from './channels.ts'
import { LEAST_MS } from './engine.ts'
import { GuardedCall } from './guarded-call.ts'
import { link } from './outer-signal.ts'
import { type Answer, type Attempts, charge, tellAttempts, waitMs, worthRetrying } from './retry.ts'

export function afterFailure(c: GuardedCall, judgement: Judgement, answer: Answer, now: number) {
  const { engine: e } = c
  const { retry } = e
  if (retry === undefined || c.attempts === 1) return settle(c, answer, 'attempts')
  if (c.tries === undefined && judgement.blame !== 'us' && !worthRetrying(judgement, c.idempotent))
    return settle(c, answer, 'not_retryable')
  const wait = waitMs(retry, c.attempt, judgement.retryAfterMs)
  const stopped = whyNotAgain(c, judgement, now, wait)
  const tries = [...(c.tries ?? []), Object.freeze({ attempt: c.attempt, answer, judgement })]
  if (stopped !== undefined) {
    c.tries = tries
    return settle(c, answer, stopped)
  }
  e.counts.retries++
  if (channels.retry.hasSubscribers)
    channels.retry.publish({ guard: e.name, key: c.key, attempt: c.attempt, waitMs: wait, ...answer })
  const next = new GuardedCall(
    e,
    c.work,
    c.key,
    c.stateKey,
    c.idempotent,
    c.priority,
    c.deadline,
    c.hurried,
    c.attempts,
    c.frame,
    c.outer,
    c.attempt + 1,
  )
  next.resolve = c.resolve
  next.reject = c.reject
  next.tries = tries
  next.resource = c.resource ?? new AsyncResource('selfheal')
  if (next.outer !== undefined) link(next, next.outer)
  e.wheel.add(next, now + wait, now)
}

function whyNotAgain(c: GuardedCall, j: Judgement, now: number, wait: number): Attempts['stopped'] | undefined {
  const { retry, breaker, budget } = c.engine
  if (j.blame === 'us') return 'refused'
  if (c.outer?.aborted) return 'aborted'
  if (!worthRetrying(j, c.idempotent)) return 'not_retryable'
  if (c.attempt >= c.attempts) return 'attempts'
  // Never wait for an open breaker.
  if (breaker?.refuses(c.stateKey, now)) return 'breaker'
  if (now + wait + LEAST_MS > c.deadline) return j.retryAfterMs === undefined ? 'deadline' : 'retry_after'
  if (budget !== undefined && !charge(budget, retry!.share, now)) return 'budget'
  return undefined
}

export function settle(c: GuardedCall, answer: Answer, stopped: Attempts['stopped']) {
  c.engine.counts.failed++
  if (!('error' in answer)) return c.resolve(answer.value)
  if (c.tries !== undefined && (c.tries.length > 1 || stopped !== 'not_retryable'))
    tellAttempts(answer.error, { tries: c.tries, stopped })
  c.reject(answer.error)
}
