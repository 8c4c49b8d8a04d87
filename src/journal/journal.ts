// The journal: the durable record of what went wrong and what healed it. Takes events without ever waiting or throwing; the writer's
// thread owns the file and brings them there. Listens to nothing by itself: events.on('*', journal.append) is the caller's.
import { type Event, SelfhealError } from '../core/index.ts'
import { delivery, type Failing } from './delivery.ts'
import type { Entry, JournalReader, Query, Why } from './entry.ts'
import { lineOf } from './line.ts'
import { checkQuery, type JournalOptions, settle } from './options.ts'
import { writerThread } from './writer-thread.ts'

export interface JournalStats {
  readonly file: string
  readonly written: number
  readonly waiting: number
  /** Lost: the file could not be written for longer than memory lasts. */
  readonly dropped: number
  /** Given to it, but no events. */
  readonly refused: number
  readonly writerRestarts: number
  /** Why it can't write just now. */
  readonly failing?: Failing
}

export interface Journal extends JournalReader, AsyncDisposable {
  /** Must not throw, must not wait. */
  append(event: Event): void
  /** True: everything appended so far is in the file. False: not within `withinMs` (default 2 s). */
  flush(withinMs?: number): Promise<boolean>
  stats(): JournalStats
  /** Flushes, and lets the file go. What is appended later is lost, and counted. */
  close(): Promise<void>
}

const FLUSH_MS = 2_000
const QUERY_MS = 10_000

export function journal(options: JournalOptions): Journal {
  const { file, keep, events, clock } = settle(options)
  let refused = 0
  let late = 0
  let closing: Promise<void> | undefined

  const writer = writerThread({ file, keep }, moved => {
    events?.emit('journal.set_aside', 'journal', { file: moved }, { level: 'alarm' })
  })
  const out = delivery({
    clock,
    send: lines => writer.ask({ is: 'write', lines, wall: clock.wall() }),
    onFailing: ({ code, message, mend }) =>
      void events?.emit('journal.failing', 'journal', { code, message, mend }, { level: 'alarm' }),
    onRecovered: (forMs, dropped) => void events?.emit('journal.recovered', 'journal', { forMs, dropped }),
  })

  /** What was appended before can be read: unless the file can't be written, and then that is waited for no longer. */
  const read = async <T>(wish: Parameters<typeof writer.ask>[0]): Promise<T> => {
    if (closing !== undefined)
      throw new SelfhealError('SELFHEAL_JOURNAL_CLOSED', 'The journal is closed', 'Read its file: readJournal(file).')
    if (out.stats().failing === undefined) await out.flush(FLUSH_MS)
    return (await within(writer.ask(wish), QUERY_MS)) as T
  }

  const within = async (work: Promise<unknown>, ms: number) => {
    let undo = () => {}
    const late = new Promise<never>((_, reject) => {
      undo = clock.after(ms, () =>
        reject(
          new SelfhealError(
            'SELFHEAL_JOURNAL_LATE',
            `The journal has not answered within ${ms} ms`,
            'The disk may be slow or gone: look with dmesg.',
          ),
        ),
      )
    })
    try {
      return await Promise.race([work, late])
    } finally {
      undo()
    }
  }

  const close = async () => {
    await out.flush(FLUSH_MS)
    out.stop()
    await within(writer.ask({ is: 'close' }), FLUSH_MS).catch(() => {})
    await writer.end()
  }

  return Object.freeze({
    append(event: Event) {
      if (closing !== undefined) {
        late++
        return
      }
      try {
        out.push(lineOf(event))
      } catch {
        refused++
      }
    },
    query: async (query: Query = {}) => read<readonly Entry[]>({ is: 'query', query: checkQuery(query) }),
    why: (id: string) => read<Why | undefined>({ is: 'why', id: String(id) }),
    flush: (withinMs = FLUSH_MS) => out.flush(withinMs),
    stats() {
      const { dropped, ...rest } = out.stats()
      return { file, ...rest, dropped: dropped + late, refused, writerRestarts: writer.restarts() }
    },
    close: () => (closing ??= close()),
    [Symbol.asyncDispose]: () => (closing ??= close()),
  })
}
