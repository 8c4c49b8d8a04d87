// What a compute refuses. The task's own error passes through untouched.
import { RejectedError } from '../core/index.ts'

/** It ran, and its thread was ended. */
export function timedOut(key: string, ms: number): RejectedError {
  return new RejectedError(`${key} was ended after ${Math.round(ms)} ms: it took longer than it may`, {
    code: 'SELFHEAL_COMPUTE_TIMEOUT',
    policy: 'compute',
    key,
    ran: 'maybe',
    remainingMs: 0,
    hint: 'Give it more time (timeout), a smaller task, or cut the task in pieces.',
  })
}

/** It never got a thread in time. */
export function waitedOut(key: string, ms: number): RejectedError {
  return new RejectedError(`${key} did not get a thread within ${Math.round(ms)} ms`, {
    code: 'SELFHEAL_COMPUTE_WAITED',
    policy: 'compute',
    key,
    ran: 'no',
    remainingMs: 0,
    hint: 'All its threads are busy: ask for fewer at once, or give it more threads.',
  })
}

export function queueFull(key: string, waiting: number): RejectedError {
  return new RejectedError(`${key} has ${waiting} tasks waiting already`, {
    code: 'SELFHEAL_COMPUTE_FULL',
    policy: 'compute',
    key,
    ran: 'no',
    retryAfterMs: 1_000,
    hint: 'Try again in a moment; a longer queue would only make all of them late.',
  })
}

export function closed(key: string): RejectedError {
  return new RejectedError(`${key} is closed`, {
    code: 'SELFHEAL_COMPUTE_CLOSED',
    policy: 'compute',
    key,
    ran: 'no',
    hint: 'It is closed when its owner ends; make another one.',
  })
}
