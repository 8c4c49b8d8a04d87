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
  /** Listeners run in no request's context; what they throw is counted, never thrown on. */
  on(name: keyof EventMap | '*', fn: (event: Event) => void): Undo
}

const boot = `${Math.floor(performance.timeOrigin).toString(36)}${process.pid.toString(36)}${threadId ? `t${threadId.toString(36)}` : ''}`
let n = 0

/** The source of events of one process. `listenerErrors()` counts what listeners threw. */
export function createEvents({ clock = systemClock }: { readonly clock?: Clock } = {}): Events & { listenerErrors(): number } {
  const listeners = new Map<string, Set<(event: Event) => void>>()
  let thrown = 0
  const tell = (set: Set<(event: Event) => void> | undefined, event: Event) => {
    if (set === undefined) return
    for (const fn of [...set]) {
      try {
        const done: unknown = fn(event)
        if (done instanceof Promise) done.catch(() => thrown++)
      } catch {
        thrown++
      }
    }
  }
  return Object.freeze({
    emit<N extends keyof EventMap>(name: N, source: string, data: EventMap[N], more: { level?: Level; because?: EventId } = {}): EventId {
      const id = `${boot}.${++n}`
      const because = more.because ?? currentFrame()?.because
      const event: Event<N> = Object.freeze({
        v: 1,
        id,
        name,
        source,
        at: clock.now(),
        wall: clock.wall(),
        level: more.level ?? 'info',
        ...(because === undefined ? {} : { because }),
        data,
      })
      if (listeners.size > 0)
        outsideFrames(() => {
          tell(listeners.get(name), event as Event)
          tell(listeners.get('*'), event as Event)
        })
      return id
    },
    on(name: keyof EventMap | '*', fn: (event: Event) => void): Undo {
      const own = (event: Event) => fn(event)
      const set = listeners.get(name) ?? new Set()
      listeners.set(name, set.add(own))
      return () => {
        set.delete(own)
        if (set.size === 0 && listeners.get(name) === set) listeners.delete(name)
      }
    },
    listenerErrors: () => thrown,
  })
}
