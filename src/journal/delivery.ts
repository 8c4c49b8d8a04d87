// Brings what waits to the writer, batch by batch, and never gives up: a batch that failed is sent again after a wait that grows, while
// the backlog holds what memory allows.
//
//   idle ──push──▶ gathering ──50 ms or a full batch──▶ under way ──written──▶ idle
//                                     ▲                     │ failed
//                                     └──── a wait, × 2 ────┘
import { backoffMs, type Clock, type Undo } from '../core/index.ts'
import { backlog } from './backlog.ts'
import { type Line, lineOf } from './line.ts'
import { saidOf } from './said.ts'
import type { Said } from './writer-messages.ts'

export interface Failing extends Said {
  /** Wall milliseconds of the first failure. */
  readonly since: number
  readonly tries: number
}

export interface Delivery {
  push(line: Line): void
  /** Sends what waits now. Resolves when nothing waits any more: true, or after `withinMs`: false. */
  flush(withinMs: number): Promise<boolean>
  stats(): { readonly written: number; readonly waiting: number; readonly dropped: number; readonly failing?: Failing }
  /** No more tries. What still waits counts as dropped. */
  stop(): void
}

export interface DeliveryOptions {
  readonly clock: Clock
  /** Writes all of them or none. */
  readonly send: (lines: readonly Line[]) => Promise<unknown>
  readonly onFailing: (said: Said) => void
  readonly onRecovered: (forMs: number, dropped: number) => void
}

/** A batch is under way as soon as there are so many; where more wait, more go at once: a round costs the same for few and for many. */
const BATCH = 200
const MOST_AT_ONCE = 2_000
const GATHER_MS = 50
const RETRY = { baseMs: 250, capMs: 30_000, jitter: 0.5 }
const BOUND = { maxLines: 10_000, maxBytes: 16 * 1024 * 1024 }

export function delivery({ clock, send, onFailing, onRecovered }: DeliveryOptions): Delivery {
  const waiting = backlog(BOUND)
  const flushes = new Set<() => void>()
  /** Taken from the backlog, not yet written. */
  let batch: readonly Line[] = []
  let sending = false
  let due: Undo | undefined
  let failing: Failing | undefined
  let failingAt = 0
  let written = 0
  let toldDropped = 0
  let stopped = false

  const later = (ms: number) => {
    due ??= clock.after(ms, sendNow)
  }

  const sendNow = () => {
    due?.()
    due = undefined
    if (sending || stopped) return
    if (batch.length === 0) batch = nextBatch()
    if (batch.length === 0) return
    sending = true
    send(batch).then(sent, notSent)
  }

  const sent = () => {
    written += batch.length
    sending = false
    batch = []
    if (failing !== undefined) {
      failing = undefined
      onRecovered(Math.round(clock.now() - failingAt), waiting.dropped())
    }
    if (waiting.size() === 0) for (const done of [...flushes]) done()
    else if (flushes.size > 0 || waiting.size() >= BATCH) sendNow()
    else later(GATHER_MS)
  }

  const notSent = (error: unknown) => {
    const first = failing === undefined
    const tries = (failing?.tries ?? 0) + 1
    if (first) failingAt = clock.now()
    failing = { ...saidOf(error), since: failing?.since ?? clock.wall(), tries }
    sending = false
    if (!stopped) later(backoffMs(tries - 1, RETRY))
    if (first) onFailing(failing)
  }

  /** At its head, how many were lost since that was last told. */
  const nextBatch = (): readonly Line[] => {
    const lines = waiting.take(MOST_AT_ONCE)
    const count = waiting.dropped() - toldDropped
    if (count === 0) return lines
    toldDropped += count
    return [droppedLine(count, toldDropped, clock), ...lines]
  }

  return Object.freeze({
    push(line: Line) {
      waiting.push(line)
      if (sending || failing !== undefined) return
      if (waiting.size() >= BATCH) sendNow()
      else later(GATHER_MS)
    },
    async flush(withinMs: number) {
      if (!sending) sendNow()
      if (!sending && waiting.size() === 0) return true
      return new Promise<boolean>(resolve => {
        const end = (all: boolean) => {
          flushes.delete(done)
          undo()
          resolve(all)
        }
        const done = () => end(true)
        flushes.add(done)
        const undo = clock.after(withinMs, () => end(false))
      })
    },
    stats: () => ({
      written,
      waiting: stopped ? 0 : waiting.size() + batch.length,
      dropped: waiting.dropped() + (stopped ? waiting.size() + batch.length : 0),
      ...(failing === undefined ? {} : { failing }),
    }),
    stop() {
      stopped = true
      due?.()
      due = undefined
    },
  })
}

/** An event of the journal's own: made here, because it must not wait behind what it tells of. */
function droppedLine(count: number, n: number, clock: Clock): Line {
  const id = `journal${Math.floor(performance.timeOrigin).toString(36)}${process.pid.toString(36)}.${n}`
  const data = { count }
  return lineOf({
    v: 1,
    id,
    name: 'selfheal.dropped',
    source: 'journal',
    at: clock.now(),
    wall: clock.wall(),
    level: 'warn',
    data,
  })
}
