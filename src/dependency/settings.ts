// The guard's levels, as doctor reads them.
import { type Duration, durationMs, type Setting } from '../core/index.ts'
import type { BreakerOptions, RetryOptions } from '../policy/index.ts'
import { FIGURES } from './rule.ts'

export interface GuardLevels {
  readonly deadlineMs: number
  readonly attemptMs: number
  readonly slowMs: number
  /** Where the breaker's options say none. */
  readonly windowMs: number
  readonly retry: RetryOptions | false | undefined
  readonly breaker: Omit<BreakerOptions, 'probes' | 'slow'> | undefined
}

const ms = (value: Duration | 'infinity' | undefined, otherwise: number) => durationMs(value) ?? otherwise

export function guardSettings({ deadlineMs, attemptMs, slowMs, windowMs, retry, breaker }: GuardLevels): readonly Setting[] {
  const from = 'its guard'
  const set = (level: string, name: string, valueMs: number): Setting => ({ level, name, valueMs, from })
  return [
    set('deadline', 'deadline', deadlineMs),
    set('attempt', 'timeout', attemptMs),
    set('slow', 'slow', slowMs),
    set('window', 'breaker.window', ms(breaker?.window, windowMs)),
    set('probe', 'while down', FIGURES.downMs),
    ...(retry === false ? [] : [set('retries', 'retry.attempts', (retry?.attempts ?? 3) - 1)]),
  ]
}

/** A window that holds less than two attempts forgets a hang before it is counted; one that is very long, remembers too much. */
export const windowFor = (attemptMs: number) => Math.min(60_000, Math.max(10_000, 2 * attemptMs))
