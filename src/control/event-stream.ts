// GET /v1/events: every event to every listener, as it comes. A listener that does not read misses events, and is told how many; one
// that stays stuck is let go. Nothing is kept for it beyond the bound. What was before is in the journal.
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Clock, Event, Events, Undo } from '../core/index.ts'
import { refuse } from './refusal.ts'

const MAX_LISTENERS = 64
const MAX_WAITING_BYTES = 256 * 1024
const MAX_EVENT_BYTES = 64 * 1024
const BEAT_MS = 15_000

interface Listener {
  readonly response: ServerResponse
  missed: number
  missedInAll: number
  /** Beats in a row at which it had not read what waits. */
  stuck: number
}

export interface EventStream {
  open(request: IncomingMessage, response: ServerResponse): void
  stats(): { readonly listeners: number; readonly missed: number; readonly dropped: number }
  close(): void
}

export function eventStream({ events, clock }: { readonly events: Events; readonly clock: Clock }): EventStream {
  const listeners = new Set<Listener>()
  let unlisten: Undo | undefined
  let unbeat: Undo = () => {}
  let missed = 0
  let dropped = 0

  const leave = (listener: Listener) => {
    if (!listeners.delete(listener) || listeners.size > 0) return
    unlisten?.()
    unlisten = undefined
    unbeat()
  }

  const beat = () => {
    unbeat = clock.after(BEAT_MS, beat)
    for (const listener of [...listeners]) {
      if (listener.response.writableLength === 0) listener.stuck = 0
      else if (++listener.stuck >= 2) drop(listener)
      send(listener, ': beat\n\n')
    }
  }

  const drop = (listener: Listener) => {
    dropped++
    leave(listener)
    listener.response.destroy()
    events.emit('control.listener_dropped', 'control', { missed: listener.missedInAll }, { level: 'warn' })
  }

  const send = (listener: Listener, text: string) => {
    const { response } = listener
    if (response.destroyed) return
    if (response.writableLength > MAX_WAITING_BYTES) return miss(listener)
    if (listener.missed > 0) {
      response.write(`event: missed\ndata: ${JSON.stringify({ count: listener.missed })}\n\n`)
      listener.missed = 0
    }
    response.write(text)
  }

  const miss = (listener: Listener) => {
    missed++
    listener.missed++
    listener.missedInAll++
  }

  const tell = (event: Event) => {
    const text = eventText(event)
    for (const listener of [...listeners]) text === undefined ? miss(listener) : send(listener, `data: ${text}\n\n`)
  }

  return Object.freeze({
    open(request: IncomingMessage, response: ServerResponse) {
      if (listeners.size >= MAX_LISTENERS)
        throw refuse(503, 'SELFHEAL_CONTROL_BUSY', `${MAX_LISTENERS} listen already`, 'Close some of them.')
      const listener: Listener = { response, missed: 0, missedInAll: 0, stuck: 0 }
      request.resume()
      response.once('close', () => leave(listener))
      response.on('error', () => leave(listener))
      response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' })
      response.write(': here\n\n')
      listeners.add(listener)
      if (listeners.size > 1) return
      unlisten = events.on('*', tell)
      unbeat = clock.after(BEAT_MS, beat)
    },
    stats: () => ({ listeners: listeners.size, missed, dropped }),
    close() {
      for (const listener of [...listeners]) {
        leave(listener)
        listener.response.end('event: end\ndata: {}\n\n')
      }
    },
  })
}

/** undefined: it can't be told. Too large: told without its data. */
function eventText(event: Event): string | undefined {
  try {
    const text = JSON.stringify(event)
    return text.length <= MAX_EVENT_BYTES ? text : JSON.stringify({ ...event, data: { cut: text.length } })
  } catch {
    return undefined
  }
}
