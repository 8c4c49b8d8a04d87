// What is told of a dependency's changes, each with what led to it: the end of an outage points to its beginning.
import type { Clock, EventId, Events } from '../core/index.ts'
import './events.ts'
import type { State } from './rule.ts'

export interface News {
  tell(before: State, after: State, probes: number): void
  /** What its causes point to now. */
  event(): EventId | undefined
  /** What the last outage began with. */
  outage(): EventId | undefined
}

export function newsOf(kind: string, path: string, clock: Clock, events: Events): News {
  let event: EventId | undefined
  let outage: EventId | undefined
  let downSince = 0
  return Object.freeze({
    event: () => event,
    outage: () => outage,
    tell(before: State, after: State, probes: number) {
      const data = { kind, why: after.why }
      if (after.is === 'down') {
        downSince = clock.now()
        outage = event = events.emit('dependency.down', path, data, { level: 'warn' })
        return
      }
      const because = event === undefined ? {} : { because: event }
      const back = (afterMs: number, probes: number) =>
        events.emit('dependency.back', path, { kind, state: after.is, afterMs, probes }, because)
      if (before.is === 'down') back(clock.now() - downSince, probes)
      if (after.is === 'slow') event = events.emit('dependency.slow', path, data, { level: 'warn' })
      else if (after.is === 'readonly') event = events.emit('dependency.readonly', path, data, { level: 'warn', ...because })
      else {
        if (before.is === 'slow' || before.is === 'readonly') back(after.since - before.since, 0)
        event = undefined
      }
    },
  })
}
