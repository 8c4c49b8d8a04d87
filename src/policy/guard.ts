// guard(): the policies in their one right order, under one deadline, with defaults that fit a start-up's traffic. `false` leaves one out.
//
//   deadline ─► fallback ─► stale ─► hedge ─► retry ─► breaker ─► limit ─► rate ─► timeout ─► fault ─► your function
import { ConfigError, defaultEvents, type Part, systemClock } from '../core/index.ts'
import { type Breaker, breakerFace } from './breaker/breaker.ts'
import { BreakerCore } from './breaker/core.ts'
import type { Policy } from './call.ts'
import { withConfiguration } from './configured.ts'
import type { Fault } from './fault.ts'
import { type GuardFigures, type GuardOptions, IN_CODE, merged, readGuard } from './guard-options.ts'
import { guardPart } from './guard-part.ts'
import { leftOut } from './left-out.ts'
import { LimitCore } from './limit/core.ts'
import { type Limit, limitFace } from './limit/limit.ts'
import { breakers, faults, limits, newEngine, policyOf, rates } from './policy.ts'
import { RateCore } from './rate.ts'
import { Reader } from './read-options.ts'
import { pathFor, register } from './registry.ts'
import { newBudget } from './retry.ts'

export type GuardChange = Partial<
  Omit<GuardOptions, 'name' | 'key' | 'clock' | 'events' | 'random' | 'judge' | 'fault' | 'took' | 'ambient'>
>

export interface Guard extends Policy, Part {
  readonly breaker: Breaker | undefined
  readonly limit: Limit | undefined
  readonly fault: Fault | undefined
  /** New options over the old ones, at run time: no state is lost, and every fault is told before anything is changed. */
  change(options: GuardChange): void
}

export function guard(given: GuardOptions = {}): Guard {
  const options = leftOut(withConfiguration(given))
  const read = new Reader()
  const f = readGuard(options, read)
  read.done(f.name)
  const { name } = f
  const { clock = systemClock, events = defaultEvents } = options
  const key = options.key ?? name
  const breaker = f.breaker && new BreakerCore(name, key, f.breaker.figures, f.breaker.maxKeys, clock, events)
  const limit = f.limit && new LimitCore(name, key, f.limit.read, f.limit.maxKeys, clock, events)
  const rate = f.rate && new RateCore(name, key, f.rate.figures, f.rate.maxKeys, clock)
  const engine = newEngine(name, options, {
    deadlineMs: f.deadlineMs,
    timeoutMs: f.timeoutMs,
    retry: f.retry,
    budget: newBudget(),
    took: options.took,
    breaker: breaker ?? breakers.get(options.breaker as object),
    limit: limit ?? limits.get(options.limit as object),
    rate: rate ?? rates.get(options.rate as object),
    fault: options.fault && faults.get(options.fault),
    shapes: f.fallback || f.stale || f.hedge ? { fallback: f.fallback, stale: f.stale, hedge: f.hedge } : undefined,
    ambient: options.ambient !== false,
  })
  let said = options
  const change = (more: GuardChange) => {
    const next = merged(said, more as Readonly<Record<string, unknown>>)
    const again = new Reader()
    const figures = readGuard(next, again)
    again.faults.push(...switched(f, figures))
    for (const fixed of IN_CODE) if (fixed in more) again.bad(fixed, 'can’t be changed at run time')
    if (again.faults.length > 0) throw new ConfigError(name, again.faults)
    said = next
    engine.deadlineMs = figures.deadlineMs
    engine.timeoutMs = figures.timeoutMs
    engine.retry = figures.retry
    if (breaker !== undefined) breaker.figures = figures.breaker!.figures
    if (rate !== undefined) rate.figures = figures.rate!.figures
    if (limit !== undefined) limit.change(figures.limit!.read)
    if (engine.shapes !== undefined) Object.assign(engine.shapes, { fallback: figures.fallback, hedge: figures.hedge })
    if (f.stale !== undefined) Object.assign(f.stale, { maxAgeMs: figures.stale!.maxAgeMs, maxKeys: figures.stale!.maxKeys })
  }
  return register(
    Object.freeze({
      ...policyOf(engine),
      breaker: breaker ? breakerFace(breaker, options) : engine.breaker && (options.breaker as Breaker),
      limit: limit ? limitFace(limit, options) : engine.limit && (options.limit as Limit),
      fault: options.fault,
      change,
      ...guardPart(pathFor(name), key, engine, change),
    }),
    engine,
  )
}

/** Gates and shapes can't come or go while calls are under way. */
function switched(before: GuardFigures, now: GuardFigures) {
  return (['breaker', 'limit', 'rate', 'hedge', 'fallback', 'stale'] as const)
    .filter(name => (before[name] === undefined) !== (now[name] === undefined))
    .map(at => ({ at, says: 'can’t be added, left out or exchanged at run time' }))
}
