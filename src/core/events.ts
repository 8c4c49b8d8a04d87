// Events: what happened, why, to whom. A room emits and knows nothing of journal, telemetry or dashboard: those listen.
// Each room's events.ts adds its names: declare module '../core/events.ts' { interface EventMap { … } }
import { threadId } from 'node:worker_threads'
import { currentFrame, outsideFrames } from './ambient.ts'
import { type Clock, systemClock, type Undo } from './clock.ts'

/** `${boot}.${n}`: unique on the machine, ordered within a process. */
export type EventId = string

export interface EventMap {
  'selfheal.dropped': { readonly count: number }
}

/** `alarm`: a person may have to act. `warn`: something broke or was refused. `info`: a change worth telling. */
export type Level = 'debug' | 'info' | 'warn' | 'alarm'

export interface Event<N extends keyof EventMap = keyof EventMap> {
  readonly v: 1
  readonly id: EventId
  readonly name: N
  /** Path of the part it happened to. */
  readonly source: string
  /** Monotonic milliseconds in its own process. */
  readonly at: number
  readonly wall: number
  readonly level: Level
  readonly because?: EventId
  readonly data: EventMap[N]
}

export interface Events {
  /** `because` defaults to the ambient frame's. Level defaults to info. */
  emit<N extends keyof EventMap>(name: N, source: string, data: EventMap[N], more?: { level?: Level; because?: EventId }): EventId
  /** Tells an event that was made elsewhere (another process, a thread) as it is: it keeps its id, its time and its because. */
  relay(event: Event): void
  /** Listeners run in no request's context; what they throw is counted, never thrown on. */
  on(name: keyof EventMap | '*', fn: (event: Event) => void): Undo
  /** false: nobody listens to anything, so that facts need not even be gathered. */
  heard?(): boolean
}

const boot = `${Math.floor(performance.timeOrigin).toString(36)}${process.pid.toString(36)}${threadId ? `t${threadId.toString(36)}` : ''}`
let n = 0

/** How many events listeners may emit in answer to one event: a listener that answers every event with another must not stop the process. */
const MAX_ANSWERS = 1_000

/**
 * The source of events of one process. `listenerErrors()` counts what listeners threw. Everyone is told in the order of ids: what a
 * listener emits waits until the event before it was told to all.
 */
export function createEvents({ clock = systemClock }: { readonly clock?: Clock } = {}): Events & { listenerErrors(): number } {
  const listeners = new Map<string, Set<(event: Event) => void>>()
  const waiting: Event[] = []
  let telling = false
  let thrown = 0
  let dropped = 0

  const make = <N extends keyof EventMap>(name: N, source: string, data: EventMap[N], level: Level, because?: EventId) =>
    Object.freeze({
      v: 1,
      id: `${boot}.${++n}`,
      name,
      source,
      at: clock.now(),
      wall: clock.wall(),
      level,
      ...(because === undefined ? {} : { because }),
      data,
    } satisfies Event<N>) as Event

  const tell = (event: Event) => {
    // Who is told is settled before the first is; who is undone meanwhile is left out.
    const told = [listeners.get(event.name), listeners.get('*')].flatMap(set =>
      set === undefined ? [] : [...set].map(fn => ({ fn, set })),
    )
    for (const { fn, set } of told) {
      if (!set.has(fn)) continue
      try {
        const done = fn(event) as unknown
        if (isThenable(done)) done.then(undefined, () => thrown++)
      } catch {
        thrown++
      }
    }
  }

  const tellInOrder = (first: Event) => {
    telling = true
    tell(first)
    for (let i = 0; i < waiting.length; i++) tell(waiting[i]!)
    if (dropped > 0) tell(make('selfheal.dropped', 'selfheal', { count: dropped }, 'warn', first.id))
    waiting.length = 0
    dropped = 0
    telling = false
  }

  const relay = (event: Event) => {
    if (listeners.size === 0) return
    if (!telling) outsideFrames(() => tellInOrder(event))
    else if (waiting.length < MAX_ANSWERS) waiting.push(event)
    else dropped++
  }

  return Object.freeze({
    emit<N extends keyof EventMap>(
      name: N,
      source: string,
      data: EventMap[N],
      more: { level?: Level; because?: EventId } = {},
    ): EventId {
      if (listeners.size === 0) return `${boot}.${++n}`
      const event = make(name, source, data, more.level ?? 'info', more.because ?? currentFrame()?.because)
      relay(event)
      return event.id
    },
    relay,
    on(name: keyof EventMap | '*', fn: (event: Event) => void): Undo {
      const own = (event: Event) => fn(event)
      const set = listeners.get(name) ?? new Set()
      listeners.set(name, set.add(own))
      return () => {
        set.delete(own)
        if (set.size === 0 && listeners.get(name) === set) listeners.delete(name)
      }
    },
    heard: () => listeners.size > 0,
    listenerErrors: () => thrown,
  })
}

/** The events of everything in this process that was given no others. */
export const defaultEvents: Events & { listenerErrors(): number } = createEvents()

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function'
}
