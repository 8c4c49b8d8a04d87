// One client of the app's, or of a pool that is not pg's, taken in hand as it is: the object stays, with its events and all that is set on it;
// its connect, query and end are ours. Statements run one after another, each under a timeout that really ends it; nothing is sent twice. It
// lives one life, as ever: when its connection is gone it tells its owner, who makes another.
import { outsideFrames } from '../../core/index.ts'
import type { Call, Policy } from '../../policy/index.ts'
import { surfaceOf } from '../surface.ts'
import { promisedOrCalled, sqlOf } from './arguments.ts'
import type { PgClient } from './driver.ts'
import { type Querying, runOn } from './query.ts'
import { sessionMemory } from './session-memory.ts'
import { transaction } from './transaction.ts'

/** A server that has stopped does not answer a goodbye. */
const GOODBYE_MS = 1_000
const KEEP_ALIVE_MS = 10_000
const STEP = Object.freeze({ idempotent: false })

export interface Family extends Querying {
  readonly runHeld: Policy['run']
  readonly doubt: (error: Error) => void
  /** A connection that was idle is gone by itself. */
  readonly lost: (why: string) => void
  readonly connectMs: () => number
}

export interface Member {
  /** Ends it when it is of before and nothing runs on it; one that LISTENs, or is inside a transaction, stays. */
  renew(): void
}

export function clientOfFamily(family: Family, client: PgClient, members: Set<Member>): void {
  const { connections, runHeld } = family
  // As it was; what is set on the client later is seen here too.
  const inner = surfaceOf(client, {})
  const where = transaction()
  const memory = sessionMemory()
  let tail: Promise<unknown> | undefined
  let connected = false
  let ending = false
  /** With what its connect was refused: nothing was tried, and it may be asked again. */
  let refused: unknown

  const member: Member = { renew: () => renew() }
  const renew = () => {
    const idle = tail === undefined && inner.readyForQuery === true && where.idle() && !memory.listens()
    if (idle && !ending && !connections.fresh(inner)) inner.connection.end()
  }
  /** After what is there already. */
  const queued = <T>(run: () => Promise<T>): Promise<T> => {
    const mine = tail === undefined ? run() : tail.then(run, run)
    tail = mine
    const clear = () => {
      if (tail !== mine) return
      tail = undefined
      renew()
    }
    mine.then(clear, clear)
    return mine
  }
  const connect = (call: Call) =>
    new Promise<PgClient>((resolve, reject) => {
      const again = connections.of(inner) !== undefined
      const withinMs = (client as { _connectionTimeoutMillis?: number })._connectionTimeoutMillis || family.connectMs()
      const destroy = () => inner.connection.stream.destroy(new Error('timeout expired'))
      const late = again ? undefined : setTimeout(destroy, withinMs)
      const cut = () => destroy()
      call.signal.addEventListener('abort', cut, { once: true })
      const done = (error?: Error | null) => {
        clearTimeout(late)
        call.signal.removeEventListener('abort', cut)
        if (error) return reject(error)
        connected = true
        resolve(client)
      }
      if (!again) {
        connections.track(inner).lost = () => {
          members.delete(member)
          if (connected && !ending && tail === undefined) family.lost('an idle connection was closed')
        }
        members.add(member)
        where.follow(inner)
      }
      // What it hears later is not of the request that happened to connect it.
      outsideFrames(() =>
        inner.connect(error => {
          if (error) return done(error)
          const { stream } = inner.connection as { stream: { setKeepAlive?(on: boolean, ms: number): void } }
          stream.setKeepAlive?.(true, KEEP_ALIVE_MS)
          connections.open(inner).then(
            () => done(),
            error => {
              inner.connection.stream.destroy()
              done(error)
            },
          )
        }),
      )
    })
  const step = (args: readonly unknown[]) => (call: Call) =>
    queued(
      () =>
        new Promise<unknown>((resolve, reject) => {
          // It waited behind another, and its caller has been answered.
          if (call.remaining() <= 0) return reject(call.signal.reason)
          runOn(family, inner, call, args, (error, result) => {
            if (error === undefined) {
              memory.ran(sqlOf(args))
              resolve(result)
            } else {
              family.doubt(error)
              reject(error)
            }
          })
        }),
    )
  const refuse = (args: readonly unknown[], error: unknown) => {
    const submitted = args[0] as { handleError?(error: unknown, connection: object): void } | null | undefined
    if (typeof submitted?.handleError !== 'function') return promisedOrCalled(args, () => Promise.reject(error))
    process.nextTick(() => submitted.handleError!(error, inner.connection))
    return submitted
  }
  const own = {
    connect: (...args: unknown[]) =>
      promisedOrCalled(args, async () => {
        refused = undefined
        try {
          return await runHeld(call => queued(() => connect(call)), STEP)
        } catch (error) {
          if (connections.of(inner) === undefined) refused = error
          throw error
        }
      }),
    query(...args: unknown[]) {
      const [first] = args
      if (refused !== undefined) return refuse(args, refused)
      // As the driver has it: who passes nothing is told at once, and what comes before connect() waits for it.
      if (first === null || first === undefined || connections.of(inner) === undefined) return inner.query(...args)
      if (typeof (first as { submit?: unknown }).submit !== 'function')
        return promisedOrCalled(args, rest => runHeld(step(rest), STEP))
      // A cursor, a stream, a COPY: it has its own ways of being answered, and takes its turn.
      if (tail === undefined) return inner.query(...args)
      void queued(async () => void inner.query(...args))
      return first
    },
    end(...args: unknown[]) {
      ending = true
      const late = setTimeout(() => inner.connection.stream.destroy(), GOODBYE_MS)
      inner.once('end', () => clearTimeout(late))
      if (connections.of(inner) === undefined) clearTimeout(late)
      return inner.end(...(args as [() => void]))
    },
  }
  for (const [name, value] of Object.entries(own))
    Object.defineProperty(client, name, { value, writable: true, configurable: true, enumerable: false })
}
