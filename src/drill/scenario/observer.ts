// The observer: hears every event of the selfheal under drill, on the drill's own clock. What it hears decides nothing; it dates what callers
// noticed: detected, restarted, told.
import type { ControlClient } from '../../control/index.ts'
import type { Clock, Event } from '../../core/index.ts'

export interface Heard {
  /** On the drill's clock. */
  readonly atMs: number
  readonly event: Event
}

export interface Observer {
  readonly heard: readonly Heard[]
  close(): void
}

export function observer(client: ControlClient, clock: Clock): Observer {
  const heard: Heard[] = []
  const closing = new AbortController()
  // One difference for the whole drill: a clock that steps meanwhile moves nothing.
  const offset = clock.now() - clock.wall()
  const listen = async () => {
    while (!closing.signal.aborted) {
      await client
        .events(event => {
          const atMs = Math.min(clock.now(), event.wall + offset)
          if (heard.length < MAX_HEARD) heard.push(Object.freeze({ atMs, event }))
        }, closing.signal)
        .catch(() => {})
      if (!closing.signal.aborted) await new Promise<void>(resolve => void clock.after(100, resolve))
    }
  }
  void listen()
  return Object.freeze({ heard, close: () => closing.abort() })
}

const MAX_HEARD = 20_000
