// One client of the app's, or of a pool that is not pg's, taken in hand as it is: the object stays, with its events and all that is set on it;
// its connect, query and end are ours. Statements run one after another, each under a timeout that really ends it; nothing is sent twice.
// When its connection is gone its owner is told, as ever, and makes another; one that is asked all the same has another connection under it,
// and so has one that LISTENs and would have told nobody (an 'error' that nobody hears ends the app).
//
//   new ─ connect ─► its own connection ─ lost ─► gone ─ asked, outside of a transaction ─► another one under it ─ lost ─► gone
import { isRejected } from '../../core/index.ts'
import type { Call, Policy } from '../../policy/index.ts'
import { connectionLostError } from '../errors.ts'
import { surfaceOf } from '../surface.ts'
import { promisedOrCalled, refusedAs, sqlOf } from './arguments.ts'
import { connected } from './connected.ts'
import { isDefinition, runDefinition, unguarded } from './definitions.ts'
import type { PgClient } from './driver.ts'
import { type Ended, type Querying, runOn } from './query.ts'
import { sessionMemory } from './session-memory.ts'
import { tenacious } from './tenacious.ts'
import { endsOne, NOTHING, transaction } from './transaction.ts'

/** A server that has stopped does not answer a goodbye. */
const GOODBYE_MS = 1_000
const STEP = Object.freeze({ idempotent: false })
/** Half of a transaction is not refused because the database is just coming back. */
const INSIDE = Object.freeze({ idempotent: false, priority: 'critical' as const })
/** Listeners of ours for 'error', on the client itself. */
const OURS = 2
const PASSED_ON = ['notification', 'notice', 'error', 'end']

export interface Family extends Querying {
  readonly runHeld: Policy['run']
  readonly doubt: (error: Error) => void
  /** A connection that was idle is gone by itself. */
  readonly lost: (why: string) => void
  readonly connectMs: () => number
  /** Who waits for the dependency's return. */
  readonly healing: Set<() => Promise<void>>
}

export interface Member {
  /** Ends it when it is of before and nothing runs on it; one that LISTENs, or is inside a transaction, stays. */
  renew(): void
}

/** `make`: one more such, for when it has lost its connection. */
export function clientOfFamily(family: Family, client: PgClient, make: () => PgClient, members: Set<Member>): void {
  const { connections, runHeld, healing } = family
  // As it was; what is set on the client later is seen here too.
  const own = surfaceOf(client, {})
  const emitter = client as unknown as EventEmitterLike
  /** What has the connection: itself, at first. */
  let raw = own
  const where = transaction()
  const memory = sessionMemory()
  let tail: Promise<unknown> | undefined
  let state: 'new' | 'there' | 'gone' = 'new'
  let ending = false
  /** A statement of its owner's was answered well. */
  let used = false
  /** Rises when a connection is lost. */
  let losses = 0
  /** With what its connect was refused: nothing was tried, and it may be asked again. */
  let refused: unknown

  const renew = () => {
    const idle = state === 'there' && tail === undefined && raw.readyForQuery === true && where.idle() && !memory.listens()
    if (idle && !ending && !connections.fresh(raw)) raw.connection.end()
  }
  const member: Member = { renew }
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
  const open = async (call: Call, of: PgClient, told: readonly string[]) => {
    raw = of
    connections.track(of).lost = () => lost(of)
    // Broken already, and asked before its end is heard.
    of.on('error', () => lost(of))
    members.add(member)
    where.follow(of)
    const withinMs = (client as { _connectionTimeoutMillis?: number })._connectionTimeoutMillis || family.connectMs()
    await connected(connections, of, { call, withinMs, told })
    state = 'there'
  }
  const lost = (of: PgClient) => {
    if (raw !== of || state === 'gone') return
    if (state === 'there' && !ending && tail === undefined) family.lost('an idle connection was closed')
    state = 'gone'
    losses++
    members.delete(member)
    where.lost()
    // All but the one who listens so that it can't end the app.
    if (ending || !memory.listens() || emitter.listenerCount('error') > OURS) return
    healing.add(healSoon)
    void healSoon()
  }
  const another = async (call: Call) => {
    const next = make()
    let begun = false
    for (const event of PASSED_ON)
      next.on(event, (...args: unknown[]) => {
        // Its failed beginnings are told to who asked.
        if (begun) emitter.emit(event, ...args)
      })
    await open(call, next, memory.replay())
    begun = true
    if (ending) next.connection.end()
  }
  const heal = async () => {
    if (state === 'gone' && !ending) {
      if (connections.closed()) return false
      await runHeld(call => queued(async () => (state === 'gone' ? another(call) : undefined)), STEP)
    }
    healing.delete(healSoon)
    return true
  }
  const healSoon = tenacious(heal)
  /** Its turn has come: there is a connection for it. */
  const turn = async (call: Call, before: number) => {
    // What waited behind a lost connection may have been one piece with what was lost.
    if (before !== losses || (ending && state === 'gone')) throw connectionLostError()
    if (state === 'gone') await another(call)
    // It waited behind another, and its caller has been answered.
    if (call.remaining() <= 0) throw call.signal.reason
  }
  const step = (args: readonly unknown[], before: number, free: boolean) => (call: Call) =>
    queued(async () => {
      const sql = sqlOf(args)
      const fate = where.fate(sql)
      if (fate === 'done') return NOTHING
      if (fate === 'refuse') throw connectionLostError()
      if (state === 'gone' || tail !== undefined) await turn(call, before)
      const on = raw
      return new Promise<unknown>((resolve, reject) => {
        const ended: Ended = (error, result, usable) => {
          // Not only when its end is heard: the next statement may come before that.
          if (!usable) lost(on)
          if (error === undefined) {
            used = true
            memory.ran(sql)
            return resolve(result)
          }
          family.doubt(error)
          reject(error)
        }
        if (free) void runDefinition(family, on, args, ended)
        else runOn(family, on, call, args, ended)
      })
    })
  /** A pool whose first words on a new connection fail forgets it (Sequelize): then it would be there for ever. */
  const forgotten = (error: unknown) => {
    if (!used && state === 'there' && isRejected(error)) raw.connection.end()
  }
  const refuse = (args: readonly unknown[], error: unknown) => refusedAs(args, error, raw.connection)
  /** Its transaction has gone with its connection: there is nothing to end, and no need of another for that. */
  const endsNothing = (args: readonly unknown[]) =>
    promisedOrCalled(args, async () => {
      if (where.fate(sqlOf(args)) === 'done' || /^\s*(rollback|abort)/i.test(sqlOf(args) ?? '')) return NOTHING
      throw connectionLostError()
    })
  const methods = {
    connect: (...args: unknown[]) =>
      promisedOrCalled(args, async () => {
        refused = undefined
        try {
          await runHeld(
            call =>
              queued(() =>
                state === 'new' && connections.of(own) === undefined
                  ? open(call, own, [])
                  : new Promise<void>((resolve, reject) => own.connect(error => (error ? reject(error) : resolve()))),
              ),
            STEP,
          )
          return client
        } catch (error) {
          if (connections.of(own) === undefined) refused = error
          throw error
        }
      }),
    query(...args: unknown[]) {
      const [first] = args
      if (refused !== undefined) return refuse(args, refused)
      const ends = endsOne(sqlOf(args))
      if (ends && state === 'gone' && tail === undefined) return endsNothing(args)
      // As the driver has it: who passes nothing is told at once, what comes before connect() waits for it, and what comes after end() is refused.
      if (first === null || first === undefined || ending || connections.of(own) === undefined) return raw.query(...args)
      if (typeof (first as { submit?: unknown }).submit !== 'function') {
        const how = used && !ends && where.idle() && tail === undefined ? STEP : INSIDE
        return promisedOrCalled(args, rest => {
          const free = family.definitions === 'free' && state === 'there' && isDefinition(sqlOf(rest))
          const asked = step(rest, losses, free)
          const answer = free ? unguarded(asked) : runHeld(asked, how)
          if (!used) answer.catch(forgotten)
          return answer
        })
      }
      // A cursor, a stream, a COPY: it has its own ways of being answered, and takes its turn.
      if (tail === undefined && state !== 'gone') return raw.query(...args)
      if (where.fate(undefined) === 'refuse') return refuse(args, connectionLostError())
      const before = losses
      const submit = (call: Call) =>
        queued(async () => {
          await turn(call, before)
          raw.query(...args)
        })
      runHeld(submit, STEP).catch(error => refuse(args, error))
      return first
    },
    end(...args: unknown[]) {
      ending = true
      const last = raw
      const late = setTimeout(() => last.connection.stream.destroy(), GOODBYE_MS)
      last.once('end', () => clearTimeout(late))
      if (state === 'gone' || connections.of(last) === undefined) clearTimeout(late)
      return last.end(...(args as [() => void]))
    },
  }
  const status = (client as { getTransactionStatus?: unknown }).getTransactionStatus
  if (typeof status === 'function') Object.assign(methods, { getTransactionStatus: () => status.call(raw) as unknown })
  for (const [name, value] of Object.entries(methods))
    Object.defineProperty(client, name, { value, writable: true, configurable: true, enumerable: false })
}

interface EventEmitterLike {
  emit(event: string, ...args: unknown[]): boolean
  listenerCount(event: string): number
}
