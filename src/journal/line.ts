// Line: an event on its way to the file, its data already text: a snapshot that costs a known number of bytes and crosses to the writer
// as it is. Made on the thread that must never fail or wait.
import { type Event, SelfhealError } from '../core/index.ts'
import { LEVELS } from './entry.ts'

export interface Line {
  readonly id: string
  readonly name: string
  readonly source: string
  readonly at: number
  readonly wall: number
  /** Its place in LEVELS. */
  readonly level: number
  readonly because: string | null
  readonly data: string
}

const MAX_TEXT = 1024 * 1024
const MAX_WORDS = 1_000

/** Data that is no JSON becomes a word of why; too much of it, a word of how much. Throws SelfhealError for what is no event at all. */
export function lineOf(event: Event): Line {
  const { id, name, source, at, wall, level, because } = event ?? {}
  if (typeof id !== 'string' || typeof name !== 'string' || !Number.isFinite(wall))
    throw new SelfhealError('SELFHEAL_NO_EVENT', 'What was given to the journal is no event', 'Give it what events.on tells.')
  return {
    id: id.slice(0, MAX_WORDS),
    name: String(name).slice(0, MAX_WORDS),
    source: String(source ?? '').slice(0, MAX_WORDS),
    at: Number.isFinite(at) ? at : 0,
    wall: Math.round(wall),
    level: Math.max(0, LEVELS.indexOf(level)),
    because: typeof because === 'string' ? because.slice(0, MAX_WORDS) : null,
    data: textOf(event.data),
  }
}

function textOf(data: unknown): string {
  try {
    const text = JSON.stringify(data) ?? 'null'
    return text.length <= MAX_TEXT ? text : JSON.stringify({ cut: text.length })
  } catch (error) {
    return JSON.stringify({ unwritable: String((error as Error)?.message ?? error).slice(0, MAX_WORDS) })
  }
}
