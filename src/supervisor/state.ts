// What one supervisor knows while it runs: its children's slots and the lives in them. Data and the smallest readings of it; life.ts
// moves lives, restart.ts and group.ts decide what follows.
import type { Clock, EventId, EventMap, Events, Level, settableNeed } from '../core/index.ts'
import type { Agenda, Due } from './agenda.ts'
import type { Checked } from './check.ts'
import type { CheckedSpec } from './check-spec.ts'
import type { Child, Component, Exit } from './component.ts'
import type { Group } from './group.ts'
import type { Budget, Falls, Wear } from './rule.ts'

/** Who asked for a start decides what its failure leads to. */
export type Why = 'first' | 'asked' | 'rule' | 'group' | 'replace' | 'meanwhile'

/** One life, from start to exit. */
export interface Living {
  readonly slot: Slot
  readonly spec: Pick<CheckedSpec, 'component' | 'shutdownMs' | 'startWithinMs' | 'health' | 'heartbeatMs'>
  readonly generation: number
  /** What it was started for. */
  readonly startedBecause: EventId | undefined
  why: Why
  because: EventId | undefined
  phase: 'starting' | 'ready' | 'retired' | 'gone'
  child: Child | undefined
  /** When its start began; from ready on, when it was ready. */
  since: number
  /** Asked to stop at; -1: not asked. */
  askedAt: number
  killed: boolean
  late: boolean
  /** It was found unwell while it ran: this is what its end comes to, however it then ends. */
  fault: Exit | undefined
  /** What watches its health. */
  vigil: Vigil | undefined
  unstopped: boolean
  /** Its next deadline: to be ready, to have ended, to have been killed. */
  due: Due | undefined
  controller: AbortController | undefined
  /** What our own components listen with, instead of a signal. */
  asked: (() => void) | undefined
  waiters: (() => void)[] | undefined
  outcome: PromiseWithResolvers<Child | 'ignore'> | undefined
}

export interface Vigil {
  misses: number
  beatAt: number
  check: Due | undefined
  heartbeat: Due | undefined
}

/** One child's place: what is told of it, and the lives it has now. */
export interface Slot extends Wear {
  readonly state: State
  spec: CheckedSpec
  generation: number
  /** The ready one, which takes the work. */
  current: Living | undefined
  /** The one that starts. */
  next: Living | undefined
  /** Those that have a successor and finish what they have. */
  old: Living[] | undefined
  standby: Standby | undefined
  /** The wait before the next start; of a running one that was crash-looping: until it counts as recovered. */
  due: Due | undefined
  budget: Budget | undefined
  /** A command is ending it: what ends now does not count. */
  ending: Promise<void> | undefined
  because: EventId | undefined
  /** What startChild gave out for it. */
  given: Child | undefined
  /** The newest there was, also while its restart waits. */
  latest: Child | undefined
  /** How its last life ended. */
  last: LastEnd | undefined
  /** Restarts ever. */
  restarts: number
  /** What it is to others, once somebody asked for it. */
  offers: ReturnType<typeof settableNeed> | undefined
}

export interface LastEnd {
  readonly exit: Exit
  readonly at: number
}

/** What is remembered of a child that is no longer known, so that declaring it anew does not forgive its restarts. */
export interface Past extends Wear {
  readonly budget: Budget | undefined
  readonly at: number
}

/** What runs while a crash-looping child is down. */
export interface Standby {
  readonly component: Component
  living: Living | undefined
  generation: number
  failures: number
  due: Due | undefined
}

export interface State {
  readonly path: string
  /** The top of its tree: nobody above it can heal what it gives up on. */
  readonly isRoot: boolean
  checked: Checked
  readonly clock: Clock
  readonly events: Events
  readonly random: () => number
  readonly agenda: Agenda
  /** In the order of start. */
  readonly slots: Map<string, Slot>
  /** Forgotten already, but a life of theirs has not ended: a stop waits for it. */
  readonly leaving: Set<Slot>
  /** Siblings that others need. */
  needed: ReadonlySet<string>
  /** By id, those gone first first. */
  readonly pasts: Map<string, Past>
  byChild: WeakMap<object, Slot> | undefined
  readonly falls: Falls
  readonly budget: Budget
  /** Ready at once, and not yet told so. */
  readonly arrivals: { readonly living: Living; readonly child: unknown }[]
  /** Its own first starts are under way. */
  starting: boolean
  /** How it will have ended, once it is ending. */
  closing: Exit | undefined
  group: Group | undefined
  /** Falls that wait for the group restart, or the first start, under way. */
  readonly fallen: Fallen[]
  /** Paths of what did not end, its children's children's included. */
  readonly unstopped: Set<string>
  /** Ends the supervisor; the first exit given is the one it has. */
  readonly close: (exit: Exit) => void
  readonly hears: Hears
}
export interface Fallen {
  readonly slot: Slot
  readonly exit: Exit
  readonly uptimeMs: number
  readonly because: EventId | undefined
}

/** What life.ts tells of a life. */
export interface Hears {
  ready(state: State, living: Living, event: EventId | undefined): void
  ignored(state: State, living: Living): void
  startFailed(state: State, living: Living, error: unknown, event: EventId | undefined): void
  /** It ended, or retired, without having been asked. */
  fell(state: State, living: Living, exit: Exit, uptimeMs: number, event: EventId | undefined): void
  /** It ended after having been asked, or after it had retired. */
  ended(state: State, living: Living, exit: Exit, event: EventId | undefined): void
  unstopped(state: State, living: Living): void
}

export function pathOf(state: State, slot: Slot): string {
  return `${state.path}/${slot.spec.id}`
}

export function pathOfLiving({ slot, why }: Living): string {
  const own = pathOf(slot.state, slot)
  return why === 'meanwhile' ? `${own}/meanwhile` : own
}

/** Somebody listens: else facts for a tell() need not be gathered. */
export function isHeard({ events }: State): boolean {
  return events.heard?.() !== false
}

/** Emits, with the id for the next event's because. Must not throw, whatever was given as events. */
export function tell<N extends keyof EventMap>(
  state: State,
  name: N,
  source: string,
  data: EventMap[N],
  level: Level,
  because: EventId | undefined,
): EventId | undefined {
  try {
    return state.events.emit(name, source, data, because === undefined ? { level } : { level, because })
  } catch {
    return because
  }
}
