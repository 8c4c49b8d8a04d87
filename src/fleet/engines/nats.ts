// NATS JetStream as the engine: one bucket, watched. A beat is one put; the reading is what the watch has brought by the time it brings that
// put back, and its time is the server's. Every machine hears every beat: for some hundred machines, more of them in cells (docs/fleet.md).
import { type Json, onceMade } from '../../core/index.ts'
import type { Beat, Engine, NodeRow, Seen, Stored, Written } from '../engine.ts'
import { fewAtATime } from './few.ts'
import { type Bucket, type Entries, entries } from './nats-entries.ts'

export interface NatsEngineOptions {
  /** Default 'selfheal-fleet'. */
  readonly bucket?: string
  /** How many servers keep it. Default 1: with three servers, say 3. */
  readonly replicas?: number
}
/** A connection of @nats-io/transport-node, or what makes one when it is needed. It must reconnect for ever: `maxReconnectAttempts: -1`. */
export type NatsConnection = object | (() => Promise<object>)

interface Sign extends Pick<Beat, 'info' | 'sick' | 'hints' | 'ttlMs' | 'forgetMs'> {
  readonly node: string
}

// What a key may be made of.
const coded = (text: string) => Buffer.from(text).toString('base64url') || '_'
const named = (code: string) => Buffer.from(code, 'base64url').toString()
/** Of what it saw as forgotten, a machine takes away one in so many: all of them see it. */
const SWEEPS = 50

export function nats(connection: NatsConnection, { bucket = 'selfheal-fleet', replicas = 1 }: NatsEngineOptions = {}): Engine {
  const few = fewAtATime('NATS', 8)
  const opened = onceMade(async () => {
    const { Kvm } = await import('@nats-io/kv')
    const made = typeof connection === 'function' ? await (connection as () => Promise<object>)() : connection
    const kvm = new Kvm(made as ConstructorParameters<typeof Kvm>[0])
    return (await kvm.create(bucket, { history: 1, replicas })) as unknown as Bucket
  })
  const watched = new Map<string, Entries>()
  const of = async (fleet: string) => {
    const found = watched.get(fleet) ?? entries(await opened(), `${coded(fleet)}.>`)
    watched.set(fleet, found)
    return found
  }
  const keyOf = (fleet: string, kind: 'n' | 'd' | 't', name: string) => `${coded(fleet)}.${kind}.${coded(name)}`
  const within = async <T>(fleet: string, withinMs: number, ask: (all: Entries) => Promise<T>): Promise<T> =>
    few(async () => {
      let timer: NodeJS.Timeout | undefined
      const late = new Promise<never>((_, reject) => {
        timer = setTimeout(() => {
          // Its watch may be what hangs: the next question makes another.
          watched.get(fleet)?.stop()
          watched.delete(fleet)
          reject(new Error(`NATS did not answer within ${withinMs} ms`))
        }, withinMs)
      })
      try {
        return await Promise.race([of(fleet).then(ask), late])
      } finally {
        clearTimeout(timer)
      }
    })
  /** The server's time: of a put of one's own. */
  const me = Math.random().toString(36).slice(2)
  const time = async (fleet: string, all: Entries) => {
    const key = keyOf(fleet, 't', me)
    return (await all.after(key, await (await opened()).put(key, '1'))).at
  }
  const signs = (all: Entries, fleet: string) =>
    all.under(`${coded(fleet)}.n.`).map(([key, { at, text }]) => ({ key, at, sign: JSON.parse(text) as Sign }))

  return Object.freeze({
    kind: 'nats',
    beat: ({ fleet, node, info, sick, hints, ttlMs, forgetMs, known }: Beat, withinMs: number): Promise<Seen> =>
      within(fleet, withinMs, async all => {
        const bucket = await opened()
        const key = keyOf(fleet, 'n', node)
        const revision = await bucket.put(key, JSON.stringify({ node, info, sick, hints, ttlMs, forgetMs } satisfies Sign))
        const now = (await all.after(key, revision)).at
        const counts = { alive: 0, sick: 0, lost: 0 }
        const told: Record<string, number> = {}
        for (const one of signs(all, fleet)) {
          const gone = now - one.at - one.sign.ttlMs
          if (gone < 0) {
            counts.alive++
            if (one.sign.sick) counts.sick++
            for (const hint of one.sign.hints) told[hint] = (told[hint] ?? 0) + 1
          } else if (gone < one.sign.forgetMs) counts.lost++
          else if (revision % SWEEPS === 0) bucket.purge(one.key).catch(() => {})
        }
        const prefix = `${coded(fleet)}.d.`
        const changed: Record<string, Stored> = {}
        for (const [code, entry] of all.under(prefix)) {
          const name = named(code.slice(prefix.length))
          if (known[name] !== entry.revision) changed[name] = { version: entry.revision, value: JSON.parse(entry.text) as Json }
        }
        return { now, nodes: counts, hints: told, changed }
      }),
    write: (fleet: string, name: string, value: Json, version: number, withinMs: number): Promise<Written> =>
      within(fleet, withinMs, async all => {
        const bucket = await opened()
        const key = keyOf(fleet, 'd', name)
        const text = JSON.stringify(value)
        try {
          const revision = version === 0 ? await bucket.create(key, text) : await bucket.update(key, text, version)
          return { done: true, now: await time(fleet, all), stored: { version: revision, value } }
        } catch (error) {
          if (!isOvertaken(error)) throw error
          const now = await time(fleet, all)
          const entry = all.get(key)
          return {
            done: false,
            now,
            stored:
              entry === undefined
                ? { version: 0, value: null }
                : { version: entry.revision, value: JSON.parse(entry.text) as Json },
          }
        }
      }),
    nodes: (fleet: string, withinMs: number): Promise<readonly NodeRow[]> =>
      within(fleet, withinMs, async all => {
        const now = await time(fleet, all)
        return signs(all, fleet)
          .filter(({ at, sign }) => now - at - sign.ttlMs < sign.forgetMs)
          .map(({ at, sign: { node, info, sick, ttlMs } }) => ({ node, info, sick, ageMs: now - at, lost: now - at >= ttlMs }))
      }),
    leave: (fleet: string, node: string, withinMs: number) =>
      within(fleet, withinMs, async all => {
        const key = keyOf(fleet, 'n', node)
        await (await opened()).purge(key)
        await (await opened()).purge(keyOf(fleet, 't', me))
        await time(fleet, all)
      }),
    async close() {
      for (const one of watched.values()) one.stop()
      watched.clear()
    },
  })
}

/** "wrong last sequence": another was faster, or it is there already. */
function isOvertaken(error: unknown): boolean {
  const { code, message } = (error ?? {}) as { code?: unknown; message?: unknown }
  return code === 10_071 || /wrong last sequence/i.test(String(message))
}
