// One look at the running selfheal for all pages that are open: the parts, as what has changed, and the events, in words. Looks while
// somebody watches; finds the next selfheal when this one has gone.
import type { ControlClient, ShownPart } from '../control/index.ts'
import { type Clock, type Event, SelfhealError } from '../core/index.ts'
import { story } from '../journal/index.ts'

export interface Away {
  readonly code: string
  readonly message: string
  readonly mend: string
}
export interface ToldEvent {
  readonly id: string
  readonly name: string
  readonly source: string
  readonly wall: number
  readonly level: string
  readonly says: string
}
export type Message =
  | {
      readonly is: 'parts'
      readonly whole: boolean
      readonly at: number
      readonly version: string
      readonly pid: number
      readonly parts: readonly ShownPart[]
      readonly gone: readonly string[]
    }
  | { readonly is: 'told'; readonly event: ToldEvent }
  | { readonly is: 'away'; readonly why: Away }

export interface Feed {
  /** The first message is the whole of it. */
  watch(fn: (message: Message) => void): () => void
  readonly watchers: () => number
  close(): void
}

const EVERY_MS = 2_000
/** After an event, so soon; a burst is looked at once. */
const SOON_MS = 120
const AGAIN_MS = 500

export function feed(client: ControlClient, clock: Clock): Feed {
  const watchers = new Set<(message: Message) => void>()
  let known = new Map<string, { readonly text: string; readonly part: ShownPart }>()
  let about = { version: '', pid: 0 }
  let away: Away | undefined
  let unlook = () => {}
  let dueAt = Number.POSITIVE_INFINITY
  let looking = false
  let streaming: AbortController | undefined
  let closed = false

  const tell = (message: Message) => {
    for (const fn of watchers) fn(message)
  }
  const whole = (): Message => ({
    is: 'parts',
    whole: true,
    at: clock.wall(),
    ...about,
    parts: [...known.values()].map(one => one.part),
    gone: [],
  })

  const lookIn = (ms: number) => {
    if (closed || watchers.size === 0) return
    const at = clock.now() + ms
    if (at >= dueAt) return
    unlook()
    dueAt = at
    unlook = clock.after(ms, look)
  }

  async function look() {
    dueAt = Number.POSITIVE_INFINITY
    // What comes meanwhile is seen by the look after this one.
    if (looking || closed) return
    looking = true
    try {
      const { version, pid, parts } = await client.parts()
      if (closed) return
      const again = away !== undefined || pid !== about.pid
      about = { version, pid }
      away = undefined
      const next = new Map(parts.map(part => [part.path, { text: JSON.stringify(part), part }]))
      const changed = [...next].filter(([path, { text }]) => known.get(path)?.text !== text).map(([, { part }]) => part)
      const gone = [...known.keys()].filter(path => !next.has(path))
      known = next
      if (again) tell(whole())
      else tell({ is: 'parts', whole: false, at: clock.wall(), ...about, parts: changed, gone })
      listen()
    } catch (error) {
      if (!closed) tell({ is: 'away', why: (away = awayOf(error)) })
    } finally {
      looking = false
      lookIn(away === undefined ? EVERY_MS : AGAIN_MS)
    }
  }

  function listen() {
    if (streaming !== undefined || closed || watchers.size === 0) return
    const controller = (streaming = new AbortController())
    const over = () => {
      if (streaming === controller) streaming = undefined
      lookIn(SOON_MS)
    }
    client
      .events(event => {
        tell({ is: 'told', event: inWords(event) })
        lookIn(SOON_MS)
      }, controller.signal)
      .then(over, over)
  }

  function rest() {
    unlook()
    dueAt = Number.POSITIVE_INFINITY
    streaming?.abort()
    streaming = undefined
  }

  return {
    watchers: () => watchers.size,
    watch(fn) {
      watchers.add(fn)
      if (away !== undefined) fn({ is: 'away', why: away })
      else if (about.pid !== 0) fn(whole())
      lookIn(0)
      return () => {
        watchers.delete(fn)
        if (watchers.size === 0) rest()
      }
    },
    close() {
      closed = true
      rest()
      watchers.clear()
    },
  }
}

export function awayOf(error: unknown): Away {
  if (error instanceof SelfhealError) return { code: error.code, message: error.message, mend: error.mend }
  return { code: 'SELFHEAL_NO_ANSWER', message: String((error as Error)?.message ?? error), mend: 'Look at it: selfheal status' }
}

const inWords = (event: Event): ToldEvent => {
  const { id, name, source, wall, level } = event
  return { id, name, source, wall, level, says: story(event) }
}
