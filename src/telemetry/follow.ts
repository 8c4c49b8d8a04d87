// Follows a running system's events, for as long as it is wanted: a stream that ends or breaks is opened again, by a growing wait. What was
// told meanwhile is missed here; who must not miss anything reads the journal.
import { type Clock, type Event, systemClock, type Undo } from '../core/index.ts'
import type { SeenPart } from './sample.ts'

/** The control socket's far end, as much as is needed of it: control/client fits. */
export interface Source {
  parts(): Promise<{ readonly parts: readonly SeenPart[] }>
  events(onEvent: (event: Event) => void, signal: AbortSignal): Promise<unknown>
}

const FIRST_MS = 250
const MOST_MS = 10_000
/** A stream that held so long was well. */
const WELL_MS = 30_000

export function follow(source: Source, hear: (event: Event) => void, clock: Clock = systemClock): Undo {
  const controller = new AbortController()
  let waitMs = FIRST_MS
  let undo: Undo = () => {}
  const open = async () => {
    const began = clock.now()
    await source.events(hear, controller.signal).catch(() => undefined)
    if (controller.signal.aborted) return
    waitMs = clock.now() - began > WELL_MS ? FIRST_MS : Math.min(MOST_MS, waitMs * 2)
    undo = clock.after(waitMs, () => void open())
  }
  void open()
  return () => {
    controller.abort()
    undo()
  }
}
