// Applies what waits, while its need is full: the oldest of each line, so many at once and so many a second, each checked again first.
// What fails waits and is tried again; what can't be done becomes a dead letter with its reason. Resumes wherever it was killed: a write
// that was applied and not yet marked is applied again under the same key.
import { backoffMs, type Clock, type Events, isRejected, type Need, quietAfter, type Undo } from '../../core/index.ts'
import type { Item, SpoolItems } from './items.ts'
import type { Kind, SpoolLimits } from './options.ts'
import { TURN_MS } from './turn.ts'
import type { SpoolWriter } from './writer.ts'

const BACKOFF = { baseMs: 500, capMs: 60_000, jitter: 0.5 }
const LOOK_MS = 1_000
const PRUNE_MS = 60_000

export interface DrainParts {
  readonly kinds: Readonly<Record<string, Kind<never>>>
  readonly when: Need
  readonly limits: SpoolLimits
  readonly items: SpoolItems
  readonly writer: SpoolWriter
  readonly turn: { take(wall: number): boolean; give(): void }
  readonly clock: Clock
  readonly events: Events
  readonly path: string
}

export interface Drain {
  /** Something may be there to do. */
  wake(): void
  close(): Promise<void>
}

export function spoolDrain(parts: DrainParts): Drain {
  const { kinds, when, limits, items, writer, turn, clock, events, path } = parts
  const busy = new Map<string, Promise<void>>()
  const closing = new AbortController()
  let undo: Undo = () => {}
  let nextAt = Number.NEGATIVE_INFINITY
  let myTurnUntil = Number.NEGATIVE_INFINITY
  let asking = false
  let prunedAt = clock.now()
  let run = { applied: 0, dead: 0, since: clock.now() }
  const forever = () => clock.now() + 60_000

  const later = (ms: number) => {
    undo()
    if (!closing.signal.aborted) undo = quietAfter(clock, ms, wake)
  }

  // ── Looks for work: cheap while nothing waits
  const wake = () => {
    if (closing.signal.aborted) return
    const { pending } = items.counts()
    if (pending === 0 && busy.size === 0) return rest()
    if (when.reading().usable !== 'full') return later(LOOK_MS)
    const now = clock.now()
    if (now >= myTurnUntil - TURN_MS / 2) askTurn()
    if (now >= myTurnUntil) return later(LOOK_MS)
    later(LOOK_MS)
    if (busy.size >= limits.atOnce) return
    if (now < nextAt) return later(nextAt - now)
    const wall = clock.wall()
    const next = items.heads(wall, limits.atOnce + busy.size).find(one => !busy.has(one.line))
    if (next === undefined) return
    // A timer is late by a little: what it missed is made up for, no more.
    nextAt = Math.max(now - 50, nextAt) + 1_000 / limits.perSecond
    const done = applyOne(next).finally(() => {
      busy.delete(next.line)
      wake()
    })
    busy.set(next.line, done)
    wake()
  }
  const rest = () => {
    if (run.applied + run.dead > 0)
      events.emit('spool.drained', path, { applied: run.applied, dead: run.dead, tookMs: clock.now() - run.since })
    run = { applied: 0, dead: 0, since: clock.now() }
    if (clock.now() - prunedAt < PRUNE_MS) return
    prunedAt = clock.now()
    void writer.write(() => items.prune(clock.wall() - limits.keepMs), forever()).catch(() => {})
  }
  const askTurn = () => {
    if (asking) return
    asking = true
    const asked = clock.now()
    void writer
      .write(() => turn.take(clock.wall()), asked + TURN_MS)
      .then(
        mine => {
          if (mine) myTurnUntil = asked + TURN_MS
        },
        () => {},
      )
      .finally(() => {
        asking = false
        if (clock.now() < myTurnUntil) wake()
      })
  }

  // ── One write: checked, applied, marked
  const applyOne = async (item: Item): Promise<void> => {
    const kind = kinds[item.kind]
    const attempt = item.tries + 1
    const end = (state: 'applied' | 'dead', reason: string | null) => {
      if (state === 'applied') run.applied++
      else {
        run.dead++
        events.emit(
          'spool.dead',
          path,
          { key: item.key, kind: item.kind, tries: attempt, reason: reason ?? '' },
          { level: 'warn' },
        )
      }
      return writer.write(() => items.end(item.id, state, clock.wall(), attempt, reason), forever()).then(() => {})
    }
    try {
      if (kind === undefined) return await end('dead', `No kind ${item.kind} is declared any more`)
      const body = JSON.parse(item.body!) as never
      await within(async signal => {
        const how = { key: item.key, attempt, acceptedAt: item.accepted_at, signal }
        const why = await kind.check?.(body, how)
        if (why !== undefined) throw new NoLonger(why)
        await kind.apply(body, how)
      })
      await end('applied', null)
    } catch (error) {
      await failed(item, attempt, error, kind, end).catch(() => {})
    }
  }
  const failed = (
    item: Item,
    attempt: number,
    error: unknown,
    kind: Kind<never> | undefined,
    end: (state: 'dead', reason: string) => Promise<void>,
  ): Promise<void> => {
    const says = error instanceof Error ? error.message : String(error)
    if (error instanceof NoLonger) return end('dead', says)
    // Our own refusal, or its need went meanwhile: that was no try.
    const noTry = (isRejected(error) && error.ran === 'no') || when.reading().usable !== 'full' || closing.signal.aborted
    const tries = noTry ? item.tries : attempt
    if (!noTry && (kind?.judge?.({ error }).blame === 'caller' || attempt >= limits.tries))
      return end('dead', attempt >= limits.tries ? `Tried ${attempt} times; the last: ${says}` : says)
    const waitMs = backoffMs(Math.max(0, tries - 1), BACKOFF)
    return writer.write(() => items.again(item.id, tries, Math.ceil(clock.wall() + waitMs), says), forever())
  }
  const within = (work: (signal: AbortSignal) => Promise<void>) => {
    const late = new AbortController()
    const signal = AbortSignal.any([late.signal, closing.signal])
    return new Promise<void>((resolve, reject) => {
      const cut = clock.after(limits.withinMs, () => late.abort(new Error(`not done within ${limits.withinMs} ms`)))
      signal.addEventListener('abort', () => reject(signal.reason), { once: true })
      work(signal).then(resolve, reject).finally(cut)
    })
  }

  const unwatch = when.watch(wake)
  return Object.freeze({
    wake,
    async close() {
      closing.abort(new Error('the spool was closed'))
      undo()
      unwatch()
      await Promise.all(busy.values())
      await writer.write(turn.give, clock.now() + 1_000).catch(() => {})
    },
  })
}

class NoLonger extends Error {}
