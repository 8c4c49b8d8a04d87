// One mysql2 connection that is of no pool of mysql2's, taken in hand as it is: the object stays, with its events; its query, execute and end are
// ours. Statements run one after another, each under a timeout that ends it on the server too; nothing is sent twice. When it is lost its owner is
// told, as ever, and makes another; one that is asked all the same, outside of a transaction, has another connection under it.
import { EventEmitter } from 'node:events'
import { isRejected } from '../../core/index.ts'
import type { Call, Policy } from '../../policy/index.ts'
import { connectionLostError } from '../errors.ts'
import type { Flights } from '../flights.ts'
import { beginsOne, endsOne, transaction } from '../postgres/transaction.ts'
import { surfaceOf } from '../surface.ts'
import { ceilings, type MysqlLevels } from './connections.ts'
import type { MysqlConnection, MysqlCorePool } from './driver.ts'
import { begin } from './later-socket.ts'
import { runOn } from './query.ts'

/** A server that has stopped does not answer a goodbye. */
const GOODBYE_MS = 1_000
const STEP = Object.freeze({ idempotent: false })
/** Half of a transaction is not refused because the database is just coming back; nor a pool's first words on a new connection. */
const INSIDE = Object.freeze({ idempotent: false, priority: 'critical' as const })
const IN_TRANSACTION = 1
const NOTHING = Object.freeze([Object.freeze({ affectedRows: 0, insertId: 0, serverStatus: 2, warningStatus: 0 }), undefined])

export interface MysqlFamily {
  readonly core: MysqlCorePool
  readonly flights: Flights
  readonly levels: MysqlLevels
  readonly runHeld: Policy['run']
  readonly told: (error: Error) => Error
  readonly lost: (why: string) => void
  /** Those that are open, or being opened, and since when. */
  readonly live: Map<MysqlConnection, number>
}
type Method = 'query' | 'execute'

export function singleOfFamily(family: MysqlFamily, connection: MysqlConnection, make: () => MysqlConnection): void {
  const { core, flights, levels, runHeld, live } = family
  let raw = surfaceOf(connection, {})
  const where = transaction()
  let inside = false
  let state: 'new' | 'there' | 'gone' = 'new'
  let ending = false
  /** A statement of its owner's was answered. */
  let used = false
  let losses = 0
  let why: unknown
  let tail: Promise<unknown> | undefined
  const sent = new Set<() => void>()

  /** After what is there already has really ended: a wait behind others is no sign of a sick server, and is not counted. */
  const queued = <T>(run: (over: () => void) => Promise<T>): Promise<T> => {
    let over = () => {}
    const done = new Promise<void>(resolve => (over = resolve))
    const answer = tail === undefined ? run(over) : tail.then(() => run(over))
    tail = done
    done.then(() => {
      if (tail === done) tail = undefined
    })
    return answer
  }
  const lost = (of: MysqlConnection, error?: unknown) => {
    live.delete(of)
    if (raw !== of || state === 'gone') return
    if (state === 'there' && !ending && tail === undefined) family.lost('a connection was closed')
    state = 'gone'
    why = error
    losses++
    where.lost(inside)
    inside = false
  }
  const open = (call: Call, of: MysqlConnection) =>
    new Promise<void>((resolve, reject) => {
      const cut = () => {
        of.stream.destroy()
        reject(call.signal.reason)
      }
      raw = of
      live.set(of, performance.now())
      of.on('connect', () => {
        call.signal.removeEventListener('abort', cut)
        live.set(of, performance.now())
        state = 'there'
        of.query(ceilings(of, levels), () => {})
        resolve()
      })
      of.on('error', (error: Error) => {
        call.signal.removeEventListener('abort', cut)
        lost(of, error)
        reject(error)
      })
      of.on('end', () => lost(of))
      call.signal.addEventListener('abort', cut, { once: true })
      begin(of.stream)
    })
  const another = async (call: Call) => {
    state = 'new'
    await open(call, make())
  }
  const sending = (method: Method, args: readonly unknown[], before: number, over: () => void) => async (call: Call) => {
    const sql = sqlOf(args)
    const fate = where.fate(sql)
    if (fate === 'done') return NOTHING
    if (fate === 'refuse') throw connectionLostError('mysql')
    // What waited behind a connection that could not be had, or may have been one piece with what was lost.
    if (before !== losses) throw why ?? connectionLostError('mysql')
    if (state === 'gone') await another(call)
    if (call.remaining() <= 0) throw call.signal.reason
    const of = raw
    return new Promise<readonly unknown[]>((resolve, reject) => {
      sent.add(over)
      runOn(core, flights, of, call, method, args, (error, values, usable) => {
        over()
        if (!usable) lost(of)
        else used = true
        const status = (values[0] as { serverStatus?: unknown } | undefined)?.serverStatus
        if (typeof status === 'number') inside = state === 'there' && (status & IN_TRANSACTION) !== 0
        else if (error === undefined && beginsOne(sql)) inside = true
        if (error === undefined) resolve(values)
        else reject(family.told(error))
      })
    })
  }
  const step = (method: Method, args: readonly unknown[], before: number) =>
    queued(over => {
      const answer = runHeld(sending(method, args, before, over), inside || !used ? INSIDE : STEP)
      // One that was cut is over when the server has let go of it.
      const notSent = () => {
        if (!sent.delete(over)) over()
      }
      answer.then(notSent, notSent)
      return answer
    })
  /** Its transaction has gone with its connection: there is nothing to end, and no need of another for that. */
  const endsNothing = async (sql: string | undefined) => {
    where.over()
    if (/^\s*rollback/i.test(sql ?? '')) return NOTHING
    throw connectionLostError('mysql')
  }
  /** A pool whose first words on a new connection fail forgets it (Sequelize): then it would be there for ever. */
  const forgotten = (error: unknown) => {
    if (!used && state === 'there' && isRejected(error)) raw.stream.destroy()
  }
  const asked =
    (method: Method) =>
    (...args: unknown[]) => {
      const last = args[args.length - 1]
      // A stream of rows, or a command that was made before: the driver's own business.
      if (ending || typeof last !== 'function') return streamed(method, args)
      const sql = sqlOf(args)
      const answer =
        state === 'gone' && tail === undefined && endsOne(sql) ? endsNothing(sql) : step(method, args.slice(0, -1), losses)
      answer.then(
        values => process.nextTick(last as (...a: unknown[]) => void, null, ...values),
        error => process.nextTick(last as (...a: unknown[]) => void, error),
      )
      if (!used) answer.catch(forgotten)
      return new EventEmitter()
    }
  const streamed = (method: Method, args: readonly unknown[]) => {
    const command = raw[method](...args) as EventEmitter
    if (state === 'gone' && !ending)
      process.nextTick(() => {
        if (command.listenerCount('error') > 0) command.emit('error', connectionLostError('mysql'))
      })
    return command
  }
  const goodbye =
    (name: 'end' | 'destroy') =>
    (...args: unknown[]) => {
      ending = true
      const last = raw
      const { stream } = last
      setTimeout(() => stream.destroy(), GOODBYE_MS).unref()
      return (last as unknown as Record<string, (...a: unknown[]) => unknown>)[name]!(...args)
    }
  const methods = {
    ...{ query: asked('query'), execute: asked('execute') },
    // Not close(): mysql2 calls it by itself, when the connection is lost.
    ...{ end: goodbye('end'), destroy: goodbye('destroy') },
  }
  for (const [name, value] of Object.entries(methods))
    Object.defineProperty(connection, name, { value, writable: true, configurable: true, enumerable: false })
  queued(over => {
    const answer = runHeld(call => open(call, raw), STEP)
    answer.then(over, over)
    return answer
  }).catch(error => {
    if (!isRejected(error)) return
    lost(raw, error)
    ;(connection.stream as unknown as { destroy(error: Error): void }).destroy(error)
  })
}

const sqlOf = (args: readonly unknown[]): string | undefined => {
  const [first] = args
  return typeof first === 'string' ? first : (first as { sql?: string } | null | undefined)?.sql
}
