// The adapter for Redis: `redis(client)`, a client of ioredis or of node-redis. The client itself is guarded, for all its commands go over
// its one connection. Commands that wait by design (BLPOP, XREAD BLOCK, subscriptions) have no timeout and are no sign of slowness.
import { ConfigError, type Duration, durationMs, isRejected, type Setting } from '../../core/index.ts'
import type { Call, Policy } from '../../policy/index.ts'
import type { Adapter, FacadeMore } from '../adapter.ts'
import { droppedError } from '../errors.ts'
import { Flight, flights } from '../flights.ts'
import { surfaceOf } from '../surface.ts'
import { isRead, waitsByDesign } from './commands.ts'
import type { IoredisLike, NodeRedisLike, RedisDriver, Sent } from './driver.ts'
import { type Ioredis, ioredisDriver } from './ioredis.ts'
import { judgeRedis, saysReadOnly } from './judge.ts'
import { type NodeRedis, nodeRedisDriver } from './node-redis.ts'
import { ofTheConnection, refused } from './refusal.ts'

export interface RedisOptions {
  /** One command. Default 1 s; 5 s on a client of ioredis with maxRetriesPerRequest: null, as queues have it. */
  readonly command?: Duration
  /** Written and expired by the probe. Default selfheal:probe. */
  readonly probeKey?: string
}

const RETRY_AFTER_MS = 2_000
const READ = Object.freeze({ idempotent: true })
const WRITE = Object.freeze({ idempotent: false })
/** What it is part of was let in. */
const INSIDE = Object.freeze({ idempotent: false, priority: 'critical' as const })

export function redis<C extends IoredisLike | NodeRedisLike>(client: C, options: RedisOptions = {}): Adapter<C> {
  const driver = driverOf(client)
  const { command = driver.patient ? '5s' : '1s', probeKey = 'selfheal:probe' } = options
  const commandMs = durationMs(command)
  if (commandMs === undefined || commandMs < 1)
    throw new ConfigError('redis()', [{ at: 'command', says: "must be a duration, such as '1s'" }])
  const underWay = flights()
  let called = 'redis'
  const refusal = () => ofTheConnection(droppedError(RETRY_AFTER_MS, called))
  let closed = false
  /** Who waits to be connected. */
  const waiting = new Set<(error: Error) => void>()
  let run: Policy['run'] | undefined
  let runHeld: Policy['run'] | undefined
  let doubt: (why: string) => void = () => {}

  const through = (sent: Sent): Promise<unknown> => {
    if (run === undefined || runHeld === undefined) return sent.send()
    if (waitsByDesign(sent.name, sent.args)) return closed ? refused(refusal()) : sent.send()
    if (sent.transaction !== true) return run(call => once(sent, call), isRead(sent.name) ? READ : WRITE).catch(refused)
    return runHeld(call => once(sent, call), sent.name === 'multi' ? WRITE : INSIDE).catch(error => {
      // Its caller goes on without it; whoever asks next over this connection must not be in the transaction that it leaves open.
      if (isRejected(error)) driver.reset?.()
      return refused(error)
    })
  }
  const once = async (sent: Sent, call: Call): Promise<unknown> => {
    const flight = new Flight(call)
    underWay.begin(flight)
    try {
      if (!driver.ready()) await connected(driver, call, waiting)
      return await sent.send()
    } catch (error) {
      if (saysReadOnly(error)) doubt('a write was refused')
      throw error
    } finally {
      underWay.end(flight)
    }
  }

  driver.intercept(through)
  driver.onTrouble(why => {
    if (!closed) doubt(why)
  })

  return Object.freeze({
    kind: 'redis',
    judge: judgeRedis,
    attemptMs: commandMs,
    facade(guarded: Policy['run'], more: FacadeMore) {
      run = guarded
      runHeld = more.runHeld
      doubt = more.doubt
      called = more.name ?? called
      const lastsAgain = () => driver.onceReady(more.lasts ?? (() => {}))
      const ending = (name: 'quit' | 'disconnect' | 'destroy' | 'close') => {
        const own = (client as unknown as Record<string, unknown>)[name]
        if (typeof own !== 'function') return {}
        return {
          [name]: (...args: unknown[]) => {
            // ioredis: disconnect(true) connects again.
            if (args[0] === true) return own.apply(client, args)
            more.ended()
            closed = false
            driver.door.open()
            const ended: unknown = own.apply(client, args)
            Promise.resolve(ended).then(lastsAgain, lastsAgain)
            return ended
          },
        }
      }
      return surfaceOf(client, { ...ending('quit'), ...ending('disconnect'), ...ending('destroy'), ...ending('close') })
    },
    async probe(call: Call) {
      const { ask, end } = await driver.fresh(call.remaining())
      const timer = setTimeout(end, call.remaining())
      // What a client says of the end we made ourselves is of no use to anyone.
      const late = () => call.remaining() <= 5
      try {
        await ask('SET', probeKey, '1', 'PX', '1000')
        return 'up'
      } catch (error) {
        if (saysReadOnly(error)) return 'readonly'
        if (late()) throw new Error('it does not answer')
        // Not allowed to write that key: then whether it is a replica is all that can be known.
        if (!/^NOPERM\b/.test((error as Error).message)) throw error
        return /role:(slave|replica)/.test(String(await ask('INFO', 'replication').catch(() => ''))) ? 'readonly' : 'up'
      } finally {
        clearTimeout(timer)
        end()
      }
    },
    async drop() {
      closed = true
      driver.door.shut(refusal)
      for (const refuse of [...waiting]) refuse(refusal())
      return driver.close()
    },
    admit(share: number) {
      closed = share <= 0
    },
    async resume() {
      driver.door.open()
      await driver.open()
    },
    late: ms => underWay.late(ms),
    settings: (): readonly Setting[] => [{ level: 'command', name: 'command', valueMs: commandMs, from: 'redis()' }],
  } satisfies Adapter<C>)
}

/** Waits until it is connected, in no queue of the client's: what was given up is not sent later. */
function connected(driver: RedisDriver, call: Call, waiting: Set<(error: Error) => void>): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = (error?: unknown) => {
      undo()
      waiting.delete(settle)
      clearTimeout(timer)
      call.signal.removeEventListener('abort', cut)
      error === undefined ? resolve() : reject(error)
    }
    const cut = () => settle(call.signal.reason)
    waiting.add(settle)
    const undo = driver.onceReady(() => settle())
    const timer = setTimeout(
      () => settle(new Error('ECONNREFUSED: it was not connected in time')),
      Math.min(call.remaining(), 60_000),
    )
    if (call.signal.aborted) cut()
    else call.signal.addEventListener('abort', cut, { once: true })
  })
}

function driverOf(client: object): RedisDriver {
  if ('isCluster' in client && client.isCluster === true)
    throw new ConfigError('redis()', [{ at: 'client', says: 'is a cluster’s: give it a client of one server' }])
  if ('status' in client && 'sendCommand' in client) return ioredisDriver(client as Ioredis)
  if ('isReady' in client && 'sendCommand' in client) return nodeRedisDriver(client as NodeRedis)
  throw new ConfigError('redis()', [{ at: 'client', says: 'must be a client of ioredis or node-redis' }])
}
