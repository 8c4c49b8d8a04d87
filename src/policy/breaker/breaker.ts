// breaker(): a gate that stops calling what fails or is slow, and lets calls come back by probes and a ramp. The rule is in rule.ts, its
// state by key in core.ts. A guard that is given one reaches its core; everyone else sees this face.
import { defaultEvents, type EventId, type Need, type Part, systemClock, type Undo } from '../../core/index.ts'
import type { Attempt, Gate } from '../call.ts'
import { breakers, type Named, newEngine, policyOf, readNamed, SURROUNDINGS } from '../policy.ts'
import { Reader } from '../read-options.ts'
import { REFUSALS, refusal } from '../refusal.ts'
import { pathFor, register } from '../registry.ts'
import type { Flight } from './cell.ts'
import { BreakerCore, type BreakerState, type Transition } from './core.ts'
import { BREAKER_OPTIONS, type BreakerOptions, readBreaker } from './options.ts'
import { answered, backInMs, enter, ISOLATED, RAMPING } from './rule.ts'
import { breakerSnapshot, breakerVerbs } from './snapshot.ts'

export interface Breaker extends Gate, Part {
  /** Of one key; of the policy's own key when none is named. */
  state(key?: string): BreakerState
  need(key?: string): Need
  watch(fn: (transition: Transition) => void): Undo
  /** Opens it: a probe from outside failed, the connections are gone. */
  trip(why: string, more?: { readonly key?: string; readonly because?: EventId }): void
  /** It is well again: the ramp begins. */
  restore(more?: { readonly key?: string; readonly why?: string; readonly because?: EventId }): void
  /** No call passes until reset(). */
  isolate(why: string, more?: { readonly key?: string; readonly by?: string }): void
  /** `open`: now, and it comes back as after any trip. `closed`: every call passes, whatever comes, until reset(). */
  force(state: 'open' | 'closed', why: string, more?: { readonly key?: string }): void
  /** As new: closed, nothing remembered, no operator's hold. */
  reset(more?: { readonly key?: string; readonly why?: string }): void
}

export function breaker(options: BreakerOptions & Named = {}): Breaker {
  const read = new Reader()
  const given = read.object(options, '', [...SURROUNDINGS, ...BREAKER_OPTIONS]) as BreakerOptions & Named
  const name = readNamed(given as Readonly<Record<string, unknown>>, 'breaker', read)
  const { clock = systemClock, events = defaultEvents, random = Math.random } = given
  const figures = readBreaker(given, '', read, random)
  const maxKeys = read.count(given.maxKeys, 'maxKeys', 1_000)
  read.done(name)
  const core = new BreakerCore(name, given.key ?? name, figures, maxKeys, clock, events)
  return register(breakerFace(core, given, pathFor(name)), core)
}

export function breakerFace(core: BreakerCore, given: Named, path: string = `${core.name}/breaker`): Breaker {
  const own = given.key ?? core.name
  const flights = new WeakMap<Attempt, Flight>()
  const gate: Breaker = Object.freeze({
    ...policyOf(newEngine(core.name, { ...given, clock: core.clock, events: core.events }, { breaker: core, direct: true })),
    enter(call: Attempt): number {
      const now = core.clock.now()
      const cell = core.cells.of(given.key ?? call.key)
      const flight: Flight = {
        ...{ begunAt: now, pass: 0, counted: false, priority: call.priority },
        ...{ flightBefore: undefined, flightAfter: undefined },
      }
      const pass = enter(cell, core.figures, flight, now)
      core.tell(cell)
      if (pass >= 0) {
        flights.set(call, flight)
        return pass
      }
      core.refused++
      const kind = pass === ISOLATED ? REFUSALS.isolated : pass === RAMPING ? REFUSALS.ramping : REFUSALS.open
      const retryAfterMs = pass === ISOLATED ? undefined : backInMs(cell, core.figures, now)
      throw refusal(kind, core.name, cell.key, retryAfterMs, call.deadline - now)
    },
    answered(call: Attempt, _pass: number, judgement) {
      const flight = flights.get(call)
      if (flight === undefined || !flights.delete(call)) return
      const cell = core.cells.of(given.key ?? call.key)
      answered(cell, core.figures, flight, judgement, core.clock.now())
      core.tell(cell)
    },
    path,
    kind: 'breaker',
    snapshot: () => breakerSnapshot(core),
    verbs: breakerVerbs(core, own),
    state: (key = own) => core.state(key),
    need: (key = own) => core.need(key),
    watch: fn => core.watch(fn),
    trip: (why, { key = own, because } = {}) => core.trip(key, why, because),
    restore: ({ key = own, why = 'said to be well again', because } = {}) => core.restore(key, why, because),
    isolate: (why, { key = own, by } = {}) => core.hold(key, 'open', why, by),
    force: (state, why, { key = own } = {}) => (state === 'open' ? core.trip(key, why) : core.hold(key, 'closed', why)),
    reset: ({ key = own, why = 'reset by an operator' } = {}) => core.reset(key, why),
  } satisfies Breaker)
  breakers.set(gate, core)
  return gate
}
