// A connection that the app has checked out: the client's own surface, with each query under a timeout that really ends it. Queries run
// one after another (a cancel is aimed at the connection). One that LISTENs heals: when its connection is gone it gets another one, with
// its settings, its channels and its listeners, and the app sees a pause; what was left of a transaction is refused until the app ends it.
// Any other that is lost is lost, as with the bare driver: a transaction can't be healed.
import type { Call, Policy } from '../../policy/index.ts'
import { connectionLostError } from '../errors.ts'
import { promisedOrCalled, sqlOf } from './arguments.ts'
import type { Connections } from './connections.ts'
import { isDefinition, runDefinition, unguarded } from './definitions.ts'
import type { PgClient } from './driver.ts'
import { type Ended, type Querying, runOn } from './query.ts'
import { sessionMemory } from './session-memory.ts'
import { beginsOne, endsOne, NOTHING, transaction } from './transaction.ts'

export interface Given {
  readonly client: PgClient
  readonly release: (error?: unknown) => void
}
export interface Holding extends Querying {
  readonly runHeld: Policy['run']
  readonly doubt: (error: Error) => void
  /** Held clients that wait for a connection. */
  readonly healing: Set<() => Promise<void>>
}

/** Its connection was let in; half of a transaction is not refused because the database is just coming back. */
const STEP = Object.freeze({ idempotent: false, priority: 'critical' as const })

export function heldClient(holding: Holding, first: Given): PgClient {
  const { connections, runHeld, healing } = holding
  const memory = sessionMemory()
  const listeners: { readonly event: string; readonly fn: Listener; readonly own: Listener }[] = []
  let given: Given | undefined = first
  let raw = first.client
  let released = false
  let tail: Promise<unknown> | undefined
  const where = transaction()
  /** For a pg that does not say it itself. */
  let begun = false

  const heals = () => !released && memory.listens()
  const watchOver = () => {
    const connection = connections.of(raw)
    if (connection !== undefined) connection.lost = lost
  }
  const giveBack = (error?: unknown) => {
    const back = given
    given = undefined
    const connection = connections.of(raw)
    if (connection !== undefined) connection.lost = undefined
    back?.release(error ?? (connections.fresh(raw) && !inTransaction(raw, begun) ? undefined : true))
  }
  const lost = () => {
    giveBack(true)
    if (!heals()) return
    where.lost(inTransaction(raw, begun))
    begun = false
    healing.add(heal)
    soon(heal)
  }
  /** One try at a time; a failed one is tried again soon, while nothing is closed, else when the adapter resumes. */
  let trying: Promise<void> | undefined
  const heal = () => (trying ??= tryHeal().finally(() => (trying = undefined)))
  const tryHeal = async () => {
    // It may have healed already: asked for by a timer, and by the adapter that resumed.
    if (given !== undefined || !heals()) return void healing.delete(heal)
    if (connections.closed()) return
    try {
      const next = await checkOut(connections)
      if (!heals()) return void next.release()
      for (const { event, own } of listeners) raw.removeListener(event, own)
      raw = next.client
      given = next
      watchOver()
      for (const { event, own } of listeners) raw.on(event, own)
      for (const sql of memory.replay()) await plainly(raw, sql)
      healing.delete(heal)
    } catch {
      if (given !== undefined) giveBack(true)
      soon(heal)
    }
  }
  watchOver()

  const one = (args: readonly unknown[]) => (call: Call) => {
    const run = () =>
      new Promise<unknown>((resolve, reject) => {
        if (tail !== undefined && call.signal.aborted) return reject(call.signal.reason)
        const sql = sqlOf(args)
        const fate = where.fate(sql)
        if (fate === 'done') return resolve(NOTHING)
        if (fate === 'refuse' || (given === undefined && heals())) return reject(connectionLostError())
        const used = raw
        const ended: Ended = (error, result, usable) => {
          if (error === undefined) {
            memory.ran(sql)
            begun = !endsOne(sql) && (begun || beginsOne(sql))
          } else holding.doubt(error)
          // Not only when its end is heard: the next statement may come before that.
          if (!usable && used === raw && given !== undefined && heals()) lost()
          error === undefined ? resolve(result) : reject(error)
        }
        if (holding.definitions === 'free' && isDefinition(sql)) void runDefinition(holding, used, args, ended)
        else runOn(holding, used, call, args, ended)
      })
    const mine = tail === undefined ? run() : tail.then(run, run)
    tail = mine
    const clear = () => {
      if (tail === mine) tail = undefined
    }
    mine.then(clear, clear)
    return mine
  }
  const on = (event: string, fn: Listener, once = false) => {
    const own: Listener = (...args) => {
      if (once) off(event, fn)
      // What heals is not told as broken. `this` is the client, as ever (pg-promise keeps what it knows there).
      if ((event !== 'error' && event !== 'end') || !heals()) fn.apply(facade, args)
    }
    listeners.push({ event, fn, own })
    raw.on(event, own)
    return facade
  }
  const off = (event: string, fn: Listener) => {
    const at = listeners.findLastIndex(l => l.event === event && l.fn === fn)
    if (at >= 0) raw.removeListener(event, listeners.splice(at, 1)[0]!.own)
    return facade
  }
  const own: Readonly<Record<string, unknown>> = {
    query: (...args: unknown[]) =>
      typeof (args[0] as { submit?: unknown } | null)?.submit === 'function'
        ? raw.query(...args)
        : promisedOrCalled(args, rest => {
            // Also while it is closed: the app may end what is lost.
            const fate = tail === undefined ? where.fate(sqlOf(rest)) : 'send'
            if (fate === 'send' && holding.definitions === 'free' && isDefinition(sqlOf(rest))) return unguarded(one(rest))
            if (fate === 'send') return runHeld(one(rest), STEP)
            return fate === 'done' ? Promise.resolve(NOTHING) : Promise.reject(connectionLostError())
          }),
    release(error?: unknown) {
      if (released) throw new Error('Release called on client which has already been released to the pool.')
      released = true
      for (const { event, own } of listeners) raw.removeListener(event, own)
      // What still runs is not handed to the next one.
      if (tail === undefined) giveBack(error)
      else
        tail.then(
          () => giveBack(error),
          () => giveBack(error),
        )
    },
    on,
    addListener: on,
    once: (event: string, fn: Listener) => on(event, fn, true),
    off,
    removeListener: off,
  }
  const facade: PgClient = new Proxy(raw, {
    get(_, key) {
      if (typeof key === 'string' && Object.hasOwn(own, key)) return own[key]
      const value = Reflect.get(raw, key, raw)
      return typeof value === 'function' ? value.bind(raw) : value
    },
    set: (_, key, value) => Reflect.set(raw, key, value, raw),
  })
  return facade
}

type Listener = (...args: never[]) => void

/** A connection of the pool, outside of any guard. */
export function checkOut(connections: Connections): Promise<Given> {
  return new Promise((resolve, reject) =>
    connections.connect({ given: (client, release) => resolve({ client, release }), refused: reject }),
  )
}

export function plainly(client: PgClient, sql: string): Promise<unknown> {
  return new Promise((resolve, reject) => client.query(sql, (e: Error | null, r: unknown) => (e ? reject(e) : resolve(r))))
}

function inTransaction(client: PgClient, begun: boolean): boolean {
  const status = (client as { getTransactionStatus?(): string | null }).getTransactionStatus?.()
  return status === undefined ? begun : status === 'T' || status === 'E'
}

/** Spread, so that what fell together does not come back together. */
export function soon(heal: () => Promise<void>): void {
  setTimeout(() => void heal(), 200 + 800 * Math.random()).unref()
}
