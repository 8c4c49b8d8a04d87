// Keeps what was told, for tests: by name, in order.
import type { Event, EventMap, Events, Undo } from '../core/index.ts'

export interface RecordedEvents {
  readonly all: readonly Event[]
  names(): readonly string[]
  of<N extends keyof EventMap>(name: N): readonly EventMap[N][]
  readonly stop: Undo
}

export function recordEvents(events: Events): RecordedEvents {
  const all: Event[] = []
  const stop = events.on('*', event => void all.push(event))
  return Object.freeze({
    all,
    names: () => all.map(({ name }) => name),
    of: <N extends keyof EventMap>(name: N) => all.filter(event => event.name === name).map(({ data }) => data as EventMap[N]),
    stop,
  })
}
