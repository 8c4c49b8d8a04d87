// Every connection of a pool, seen from its making: connecting, idle or in use. A tap on the pool that stays: no error event of it or of
// a client can end the app, no wait for a connection is endless, and while it is closed nothing new is opened.
import { connectsOutside } from '../connects-outside.ts'
import type { PgClient, PgClientClass, PgConnect, PgPool } from './driver.ts'
import { type Kept, keptOf } from './kept.ts'
import type { Levels } from './options.ts'
import { openSession, type Session } from './session.ts'

export interface Connection {
  readonly client: PgClient
  /** Of its making; one below the pool's is not used again. */
  readonly generation: number
  session: Session | undefined
  /** Told once, when the connection is gone by itself. */
  lost?: (() => void) | undefined
}

/** Who waits for a connection: told once, one or the other. */
export interface Waiter {
  given(client: PgClient, release: (error?: unknown) => void): void
  refused(error: Error): void
}

export interface Connections {
  readonly all: ReadonlySet<Connection>
  of(client: PgClient): Connection | undefined
  /** One that was made elsewhere and is about to connect: it is of these from here on, to its end. */
  track(client: PgClient): Connection
  /** It has connected: its ceilings are set. */
  open(client: PgClient): Promise<void>
  /** The client class as it was: for probes and cancels, which are not of the pool. */
  readonly Client: PgClientClass
  /** As pool.connect. Refused while closed. */
  connect(waiter: Waiter): void
  /** For lone queries: what they keep between them. */
  readonly kept: Kept
  /** Ends all waits, with this error. */
  refuseAll(error: () => Error): void
  waiting(): number
  size(): number
  /** 0: closed, with what callers are told. */
  admit(share: number, refusal: () => Error): void
  closed(): boolean
  recycle(): void
  /** From here its connections refuse writes, or take them again; those in use end when they are given back. */
  readOnly(on: boolean): void
  /** May it be used again? */
  fresh(client: PgClient): boolean
}

export function connectionsOf(pool: PgPool, levels: Levels, heard: (why: string) => void): Connections {
  const all = new Set<Connection>()
  const byClient = new WeakMap<PgClient, Connection>()
  const waiting = new Set<Waiter>()
  const Original = pool.Client
  const size = pool.options.max
  const bare = pool.connect.bind(pool) as PgConnect
  const { verify } = pool.options
  // What the pool made before it came here (an app migrates first) has no ceilings, no drop would end it, and nobody hears its errors while it
  // is in use: none of it is used again.
  let generation = pool.totalCount > 0 ? 1 : 0
  for (let idle = pool.idleCount; idle > 0; idle--) bare((_error, _client, release) => release(true))
  let refusesWrites = false
  let refusal: (() => Error) | undefined

  const track = (client: PgClient): Connection => {
    const connection: Connection = { client, generation, session: undefined }
    all.add(connection)
    byClient.set(client, connection)
    // The first to hear: an error event without a listener would end the process.
    client.on('error', (error: Error) => {
      // As the pool tells of one that is idle with it.
      if (kept.broken(client, error)) pool.emit('error', error, client)
    })
    client.once('end', () => {
      all.delete(connection)
      connection.lost?.()
    })
    return connection
  }
  const open = async (client: PgClient) => {
    const session = await openSession(client, levels, refusesWrites)
    const connection = byClient.get(client)
    if (connection !== undefined) connection.session = session
  }
  const Tracked = new Proxy(Original, {
    construct(Class, [config]: [object]) {
      const client = new Class(config)
      connectsOutside(client)
      track(client)
      return client
    },
  })
  pool.Client = Tracked

  pool.options.connectionTimeoutMillis = levels.connectMs
  pool.options.keepAlive ??= true
  pool.options.keepAliveInitialDelayMillis ??= 10_000
  pool.options.verify = (client, done) => {
    open(client).then(
      () => (verify === undefined ? done() : verify(client, done)),
      (error: Error) => done(error),
    )
  }
  pool.on('error', () => heard('an idle connection was closed'))

  const fresh = (client: PgClient) => generation === 0 || byClient.get(client)?.generation === generation
  const kept = keptOf(pool, { fresh, wanted: () => waiting.size > 0, closed: () => refusal !== undefined })
  const connect = (waiter: Waiter): void => {
    if (refusal !== undefined) {
      queueMicrotask(() => waiter.refused(refusal?.() ?? new Error('closed for a moment')))
      return
    }
    waiting.add(waiter)
    if (pool.idleCount === 0) kept.giveOne()
    take(waiter)
  }
  const take = (waiter: Waiter): void => {
    bare((error, client, release) => {
      // An idle one from before a recycle is not used once more.
      if (client !== undefined && waiting.has(waiter) && !fresh(client)) {
        release(true)
        return take(waiter)
      }
      // Refused meanwhile: what came late is given back, and not kept.
      if (!waiting.delete(waiter)) return client === undefined ? undefined : release(true)
      if (error) waiter.refused(error)
      else waiter.given(client!, release)
    })
  }
  pool.connect = ((callback?: Parameters<PgConnect>[0]) => {
    const { promise, resolve, reject } = Promise.withResolvers<PgClient>()
    connect(
      callback === undefined
        ? { given: resolve, refused: reject }
        : {
            given: (client, release) => callback(undefined, client, release),
            refused: error => callback(error, undefined, () => {}),
          },
    )
    return callback === undefined ? promise : undefined
  }) as PgConnect

  return Object.freeze({
    all,
    of: (client: PgClient) => byClient.get(client),
    track,
    open,
    Client: Original,
    connect,
    kept,
    refuseAll(error: () => Error) {
      const all = [...waiting]
      waiting.clear()
      for (const waiter of all) waiter.refused(error())
    },
    waiting: () => waiting.size,
    size: () => size,
    admit(share: number, why: () => Error) {
      refusal = share <= 0 ? why : undefined
      pool.options.max = share <= 0 ? 0 : Math.max(1, Math.round(size * Math.min(1, share)))
    },
    closed: () => refusal !== undefined,
    recycle: () => void generation++,
    readOnly(on: boolean) {
      if (on === refusesWrites) return
      refusesWrites = on
      generation++
    },
    fresh,
  })
}
