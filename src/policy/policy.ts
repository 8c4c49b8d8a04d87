// The face of a policy: run and wrap over its engine, and what ready-made gates hide from everyone but a guard.
import { type Clock, defaultEvents, type Events, type Judge, systemClock } from '../core/index.ts'
import type { BreakerCore } from './breaker/core.ts'
import type { Call, How, Policy } from './call.ts'
import { type Engine, newCounts, runGuarded } from './engine.ts'
import type { FaultCore } from './fault.ts'
import type { LimitCore } from './limit/core.ts'
import type { RateCore } from './rate.ts'
import type { Reader } from './read-options.ts'
import { runShaped } from './shaped.ts'
import { tickerOf } from './ticker.ts'
import { wheelOf } from './wheel.ts'

/** What every policy takes. */
export interface Surroundings {
  readonly clock?: Clock
  readonly events?: Events
  /** Chance, in [0, 1): jitter is drawn by it. */
  readonly random?: () => number
}
export const SURROUNDINGS = ['name', 'key', 'clock', 'events', 'random', 'judge']

export interface Named extends Surroundings {
  /** Of the policy, in errors, events and the registry. */
  readonly name?: string
  /** What its state is kept by. Default: the key of each call, else the name. */
  readonly key?: string
  readonly judge?: Judge
}

export function newEngine(name: string, given: Named, parts: Partial<Engine>): Engine {
  const clock = given.clock ?? systemClock
  return {
    name,
    clock,
    events: given.events ?? defaultEvents,
    wheel: wheelOf(clock),
    ticker: tickerOf(clock),
    judge: given.judge,
    took: undefined,
    stateKey: given.key,
    deadlineMs: Number.POSITIVE_INFINITY,
    timeoutMs: Number.POSITIVE_INFINITY,
    retry: undefined,
    budget: undefined,
    breaker: undefined,
    limit: undefined,
    rate: undefined,
    fault: undefined,
    shapes: undefined,
    counts: newCounts(),
    direct: false,
    ambient: true,
    ...parts,
  }
}

export function policyOf(engine: Engine): Policy {
  const run = engine.shapes === undefined ? runGuarded : runShaped
  return {
    name: engine.name,
    run: <T>(work: (call: Call) => T | PromiseLike<T>, how?: How) => run(engine, work, how) as Promise<T>,
    wrap:
      <A extends unknown[], T>(fn: (...a: A) => T | PromiseLike<T>, how?: How) =>
      (...a: A) =>
        run(engine, () => fn(...a), how) as Promise<T>,
  }
}

export function readNamed(given: Readonly<Record<string, unknown>>, byDefault: string, read: Reader): string {
  if (given['key'] !== undefined) read.text(given['key'], 'key', '')
  read.fn(given['judge'], 'judge')
  read.fn(given['random'], 'random')
  return read.text(given['name'], 'name', byDefault)
}

/** The cores behind ready-made gates, for the guards that are given them. */
export const breakers: WeakMap<object, BreakerCore> = new WeakMap()
export const limits: WeakMap<object, LimitCore> = new WeakMap()
export const rates: WeakMap<object, RateCore> = new WeakMap()
export const faults: WeakMap<object, FaultCore> = new WeakMap()
