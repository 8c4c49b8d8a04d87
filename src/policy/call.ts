// The shapes of a guarded call: what the work is given, what a caller may say, and the two kinds of policy inside a guard. A gate lets a
// call pass or not; a shape runs it again, elsewhere or not at all. No behaviour here: guard.ts runs them in the one right order.
import type { Duration, Judge, Judgement } from '../core/index.ts'

export type Priority = 'critical' | 'default' | 'sheddable' | 'background'

/** What the work is given: one attempt of one call. */
export interface Call {
  /** A Dependency's: its connection pool or host. A Provider's: the durable idempotency key. */
  readonly key: string
  /** 1 for the first. */
  readonly attempt: number
  readonly idempotent: boolean
  readonly priority: Priority
  /** Absolute, on `clock.now()`. Infinity: none. */
  readonly deadline: number
  /** Milliseconds left, never below 0. */
  remaining(): number
  /** This attempt's own: linked to the caller's only when it is read. */
  readonly signal: AbortSignal
}

/** A call as the gates see it. */
export interface Attempt extends Call {
  /** Ends the caller's wait now, with `error`; the work hears of it by its signal. */
  cut(error: Error): void
}

/** What a caller may say of one call. */
export interface How {
  readonly signal?: AbortSignal
  /** From now. The ambient deadline can only shorten it. */
  readonly deadline?: Duration
  readonly key?: string
  /** Asking twice does no more than asking once: only then is it retried when it may have run. Default false. */
  readonly idempotent?: boolean
  /** Who is shed first when there is too much: background, sheddable, default, critical. Default `default`. */
  readonly priority?: Priority
}

export interface Policy {
  readonly name: string
  run<T>(work: (call: Call) => T | PromiseLike<T>, how?: How): Promise<T>
  wrap<A extends unknown[], T>(fn: (...a: A) => T | PromiseLike<T>, how?: How): (...a: A) => Promise<T>
}

/** fault, timeout, limit, rate, breaker: state and numbers; no closures, and no promise unless it queues. */
export interface Gate extends Policy {
  /** A pass (slot, epoch), or throws RejectedError; a wait ends at call.deadline or abort. */
  enter(call: Attempt): number | Promise<number>
  /** Exactly once: value, error, cut, abort, or a gate further in refused (ran no, blame us). */
  answered(call: Attempt, pass: number, judgement: Judgement): void
  /** Exactly once, at or after answered: the WORK has stopped. Slots come back here. */
  ended?(call: Attempt, pass: number): void
}

/** retry, hedge, fallback, stale. */
export interface Shape extends Policy {
  around<T>(next: (attempt: number) => Promise<T>, call: Call, judge: Judge): Promise<T>
}
