// Renewals: new lives for programs that still work but had better be replaced: memory near its limit, connections of its own that fail
// while fresh ones work. One at a time over all programs, jittered, and seldom: a renewal that does not help must not become a storm.
//
//   asked ─► gap of its kind is over? ─► a jittered wait ─► its turn ─► is that life still the one? ─► Supervisor.replace
//                 └ no: refused                                            └ no: nothing to do             └ fails: the old one stays
import { type Clock, type EventId, type Events, outsideFrames, type Undo } from '../core/index.ts'
import type { Supervisor } from '../supervisor/index.ts'

export interface Renewal {
  readonly id: string
  /** The life it is about: one that came meanwhile is left alone. */
  readonly generation: number
  readonly kind: 'memory' | 'own_connections' | 'uptime'
  readonly because: EventId
}
export interface RenewalOptions {
  /** Path of the tree. */
  readonly name: string
  readonly tree: () => Supervisor | undefined
  readonly events: Events
  readonly clock: Clock
  readonly random?: () => number
  /** Waits until this machine may restart something of its own will. Default: at once. */
  readonly permit?: (kind: string, work: () => Promise<void>) => Promise<void>
}

/** Between two renewals of one program for one reason; doubled for memory each time it did not help for as long. */
const GAP_MS = { memory: 60_000, own_connections: 300_000, uptime: 0 } as const
const MOST_GAP_MS = 3_600_000
/** So that the instances, and the machines, of a fleet do not all go at once. */
const JITTER_MS = { memory: 2_000, own_connections: 30_000, uptime: 0 } as const

interface Past {
  at: number
  gapMs: number
}

export interface Renewals {
  /** False: it was renewed for that not long ago, or is about to be. */
  ask(renewal: Renewal): boolean
  readonly undo: Undo
}

export function renewals({ name, tree, events, clock, random = Math.random, permit }: RenewalOptions): Renewals {
  const past = new Map<string, Past>()
  const waiting = new Map<string, Undo>()
  let turn: Promise<unknown> = Promise.resolve()

  const renew = async ({ id, generation, kind, because }: Renewal) => {
    const supervisor = tree()
    const row = supervisor?.whichChildren().find(child => child.id === id)
    if (supervisor === undefined || row?.state !== 'running' || row.generation !== generation) return
    const source = `${name}/${id}`
    const event = events.emit('system.renewing', source, { id, generation, kind }, { because })
    await supervisor.replace(id).catch((error: unknown) => {
      const message = error instanceof Error ? error.message : String(error)
      events.emit('system.renewal_failed', source, { id, generation, kind, message }, { level: 'warn', because: event })
    })
  }

  return Object.freeze({
    ask(renewal: Renewal) {
      const key = `${renewal.id} ${renewal.kind}`
      if (waiting.has(key)) return false
      const now = clock.now()
      const before = past.get(key)
      if (before !== undefined && now - before.at < before.gapMs) return false
      const least = GAP_MS[renewal.kind]
      const soonAgain = before !== undefined && now - before.at < 2 * before.gapMs
      past.set(key, { at: now, gapMs: soonAgain ? Math.min(MOST_GAP_MS, before.gapMs * 2) : least })
      const undo = outsideFrames(() =>
        clock.after(random() * JITTER_MS[renewal.kind], () => {
          waiting.delete(key)
          // A machine that leaves its fleet renews nothing any more.
          turn = turn.then(() =>
            permit === undefined ? renew(renewal) : permit(renewal.kind, () => renew(renewal)).catch(() => {}),
          )
        }),
      )
      waiting.set(key, undo)
      return true
    },
    undo: () => {
      for (const undo of waiting.values()) undo()
      waiting.clear()
    },
  })
}

/** A program whose memory is too much asks for its renewal. */
export function renewOnMemory(name: string, events: Events, renewals: Renewals): Undo {
  return events.on('program.memory_over', ({ id: because, source, data }) => {
    const { generation } = data as { readonly generation: number }
    renewals.ask({ id: source.slice(name.length + 1), generation, kind: 'memory', because })
  })
}
