// limit(): a gate that lets so many run at once, and lets the rest wait for their turn, or go. A slot comes back when the WORK has ended,
// not when its caller was answered. A guard that is given one reaches its core; everyone else sees this face.
import { defaultEvents, type Part, systemClock } from '../../core/index.ts'
import type { Attempt, Gate } from '../call.ts'
import { limits, type Named, newEngine, policyOf, readNamed, SURROUNDINGS } from '../policy.ts'
import { Reader } from '../read-options.ts'
import { REFUSALS, refusal } from '../refusal.ts'
import { pathFor, register } from '../registry.ts'
import { LimitCore } from './core.ts'
import { LIMIT_OPTIONS, type LimitOptions, readLimit } from './options.ts'
import { enterLimit, FULL, leave, PASS, type Place } from './rule.ts'
import { limitSnapshot, limitVerbs } from './snapshot.ts'

export interface Limit extends Gate, Part {
  /** How many may run at once, from now on: who waits is let in, who runs is let finish. */
  resize(max: number, more?: { readonly key?: string }): void
  running(key?: string): number
  waiting(key?: string): number
  max(key?: string): number
}

export function limit(options: number | (LimitOptions & Named) = {}): Limit {
  const read = new Reader()
  const given = (
    typeof options === 'number' ? { max: options } : read.object(options, '', [...SURROUNDINGS, ...LIMIT_OPTIONS])
  ) as LimitOptions & Named
  const name = readNamed(given as Readonly<Record<string, unknown>>, 'limit', read)
  const { clock = systemClock, events = defaultEvents } = given
  const of = readLimit(given, '', read)
  const maxKeys = read.count(given.maxKeys, 'maxKeys', 1_000)
  read.done(name)
  const core = new LimitCore(name, given.key ?? name, of, maxKeys, clock, events)
  return register(limitFace(core, given, pathFor(name)), core)
}

export function limitFace(core: LimitCore, given: Named, path: string = `${core.name}/limit`): Limit {
  const own = given.key ?? core.name
  const held = new WeakSet<Attempt>()
  const gate: Limit = Object.freeze({
    ...policyOf(newEngine(core.name, { ...given, clock: core.clock, events: core.events }, { limit: core })),
    enter(call: Attempt): number | Promise<number> {
      const cell = core.cells.of(given.key ?? call.key)
      const { promise, resolve, reject } = Promise.withResolvers<number>()
      const full = (kind: typeof REFUSALS.full | typeof REFUSALS.shed) =>
        refusal(kind, core.name, cell.key, undefined, call.remaining())
      const place: Place = {
        priority: call.priority,
        queuedAt: 0,
        queued: false,
        placeBefore: undefined,
        placeAfter: undefined,
        resume() {
          held.add(call)
          resolve(PASS)
        },
        drop: () => reject(full(REFUSALS.shed)),
      }
      const got = enterLimit(cell, core.figures, place, core.clock.now())
      if (got === PASS) held.add(call)
      if (got === FULL) throw full(REFUSALS.full)
      return got === PASS ? PASS : promise
    },
    answered() {},
    ended(call: Attempt) {
      if (held.delete(call)) leave(core.cells.of(given.key ?? call.key), core.figures, core.clock.now())
    },
    path,
    kind: 'limit',
    snapshot: () => limitSnapshot(core),
    verbs: limitVerbs(core),
    resize: (max: number, { key }: { readonly key?: string } = {}) => core.resize(max, key),
    running: (key = own) => core.cells.peek(key)?.running ?? 0,
    waiting: (key = own) => core.cells.peek(key)?.waiting ?? 0,
    max: (key = own) => core.cells.peek(key)?.max ?? core.max,
  } satisfies Limit)
  limits.set(gate, core)
  return gate
}
