// One client that lasts: what the app holds is always the same object, and under it one connection, made when it is first wanted and made
// again when it is lost, with its settings and channels. Statements run one after another, each under the guard; none is sent twice. What
// was waiting behind a lost connection is refused: it may have been one piece with what was lost.
import { EventEmitter } from 'node:events'
import { setTimeout as wait } from 'node:timers/promises'
import type { Call } from '../../policy/index.ts'
import type { FacadeMore } from '../adapter.ts'
import { connectionLostError } from '../errors.ts'
import { promisedOrCalled, sqlOf } from './arguments.ts'
import type { PgClient } from './driver.ts'
import { checkOut, type Given, plainly, soon } from './held.ts'
import { type Querying, runOn } from './query.ts'
import { sessionMemory } from './session-memory.ts'
import { endsOne, NOTHING, transaction } from './transaction.ts'

const PASSED_ON = ['notification', 'notice', 'drain']
/** A server that has stopped does not answer a goodbye. */
const GOODBYE_MS = 5
const GOODBYES = 100
const STEP = Object.freeze({ idempotent: false })
/** Half of a transaction is not refused because the database is just coming back. */
const INSIDE = Object.freeze({ idempotent: false, priority: 'critical' as const })

export interface Lasting {
  readonly facade: PgClient
  /** A connection from before is not used again; one that is inside a transaction ends after it. */
  renew(): void
}

export function lastingClient(
  querying: Querying,
  sample: PgClient,
  more: FacadeMore,
  waiting: Set<() => Promise<void>>,
  doubt: (error: Error) => void,
): Lasting {
  const { connections } = querying
  const memory = sessionMemory()
  const heard = new EventEmitter()
  const where = transaction()
  let given: Given | undefined
  let making: Promise<Given> | undefined
  let tail: Promise<unknown> | undefined
  /** Rises with each connection that is lost or not to be had. */
  let losses = 0
  let due = false
  let ended = false

  const connected = () => (making ??= make().finally(() => (making = undefined)))
  const make = async (): Promise<Given> => {
    let next: Given | undefined
    try {
      if (ended) throw new Error('Client was closed and is not queryable')
      next = await checkOut(connections)
      const { client } = next
      for (const event of PASSED_ON) client.on(event, (...args: unknown[]) => void heard.emit(event, ...args))
      for (const sql of memory.replay()) await plainly(client, sql)
      const connection = connections.of(client)
      if (ended || connection === undefined || !connections.all.has(connection)) throw connectionLostError()
      connection.lost = lost
      where.follow(client)
      waiting.delete(again)
      given = next
      return next
    } catch (error) {
      next?.release(true)
      missing()
      throw error
    }
  }
  const lost = () => {
    given = undefined
    where.lost()
    missing()
  }
  const missing = () => {
    losses++
    if (ended) return
    waiting.add(again)
    // While it is closed, it is called when the adapter resumes.
    if (connections.closed() || due) return
    due = true
    soon(again)
  }
  const again = async () => {
    due = false
    if (ended || given !== undefined) waiting.delete(again)
    else if (!connections.closed()) await connected().catch(() => {})
  }
  const letGo = () => {
    const back = given
    given = undefined
    if (back === undefined) return
    const connection = connections.of(back.client)
    if (connection !== undefined) connection.lost = undefined
    back.release(true)
  }
  const stale = () => given !== undefined && where.idle() && !connections.fresh(given.client)

  const one = (args: readonly unknown[]) => (call: Call) => {
    const before = losses
    const run = async () => {
      if (before !== losses || where.fate(sqlOf(args)) !== 'send') throw connectionLostError()
      if (stale()) letGo()
      const { client } = given ?? (await connected())
      // Its caller has been answered without it.
      if (call.remaining() <= 0 || call.signal.aborted) throw call.signal.reason ?? connectionLostError()
      return new Promise<unknown>((resolve, reject) =>
        runOn(querying, client, call, args, (error, result, usable) => {
          if (error === undefined) {
            memory.ran(sqlOf(args))
            return resolve(result)
          }
          // Not only when its end is heard: the next statement may come before that.
          if (!usable && given?.client === client) {
            letGo()
            lost()
          }
          doubt(error)
          reject(error)
        }),
      )
    }
    const mine = tail === undefined ? run() : tail.then(run, run)
    tail = mine
    const clear = () => {
      if (tail === mine) tail = undefined
    }
    mine.then(clear, clear)
    return mine
  }
  /** What the app has ended is ended, also when that could not be said: then its connection goes, and the server rolls back. */
  const ending = async (args: readonly unknown[]): Promise<unknown> => {
    try {
      return await more.runHeld(one(args), INSIDE)
    } catch (error) {
      if (where.fate(sqlOf(args)) === 'done') return NOTHING
      if (!where.idle()) {
        letGo()
        where.over()
        missing()
      }
      throw error
    }
  }
  const query = (args: readonly unknown[]): Promise<unknown> => {
    const fate = tail === undefined ? where.fate(sqlOf(args)) : 'send'
    if (fate === 'send') return endsOne(sqlOf(args)) ? ending(args) : more.runHeld(one(args), where.idle() ? STEP : INSIDE)
    return fate === 'done' ? Promise.resolve(NOTHING) : Promise.reject(connectionLostError())
  }
  const own: Readonly<Record<string, unknown>> = {
    query(...args: unknown[]) {
      const submitted = args[0] as { submit?: unknown; handleError?(error: unknown, connection: object): void } | null
      if (typeof submitted?.submit !== 'function') return promisedOrCalled(args, query)
      if (given !== undefined) return given.client.query(...args)
      connected().then(
        ({ client }) => client.query(...args),
        error => submitted.handleError?.(error, sample.connection),
      )
      return submitted
    },
    connect: (...args: unknown[]) =>
      promisedOrCalled(args, async () => void (await more.runHeld(() => (given === undefined ? connected() : given)))),
    end: (...args: unknown[]) =>
      promisedOrCalled(args, async () => {
        ended = true
        waiting.delete(again)
        more.ended()
        await tail?.catch(() => {})
        const gone = given && connections.of(given.client)
        letGo()
        for (let i = 0; gone !== undefined && connections.all.has(gone) && i < GOODBYES; i++) await wait(GOODBYE_MS)
        gone?.client.connection.stream.destroy()
        heard.emit('end')
      }),
  }
  for (const name of [
    'on',
    'once',
    'off',
    'addListener',
    'removeListener',
    'removeAllListeners',
    'listeners',
    'listenerCount',
  ] as const)
    Object.assign(own, {
      [name]: (...args: [never, never]) => {
        const answer = (heard[name] as (...args: never[]) => unknown).apply(heard, args)
        return answer === heard ? facade : answer
      },
    })
  const facade: PgClient = new Proxy(sample, {
    get(target, key) {
      if (typeof key === 'string' && Object.hasOwn(own, key)) return own[key]
      if (key === 'heal') return Reflect.get(target, key, target)
      const raw = given?.client ?? target
      const value = Reflect.get(raw, key, raw)
      return typeof value === 'function' ? value.bind(raw) : value
    },
  })
  return {
    facade,
    renew() {
      if (tail !== undefined || !stale()) return
      letGo()
      missing()
    },
  }
}
