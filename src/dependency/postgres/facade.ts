// What the app calls instead of its pool: the pool's own surface, with every operation under the guard. A lone query is a call that may be
// retried when it is safe; a checked-out client's queries are calls without queue and retry, for their connection is held already.
import type { Call, Policy } from '../../policy/index.ts'
import type { FacadeMore } from '../adapter.ts'
import { promisedOrCalled, sqlOf } from './arguments.ts'
import type { PgCallback, PgClient, PgPool } from './driver.ts'
import { type Given, type Holding, heldClient } from './held.ts'
import { READ_ONLY } from './judge.ts'
import { type Querying, runOn } from './query.ts'
import { isSafeRead } from './reads.ts'

const READ = Object.freeze({ idempotent: true })
const WRITE = Object.freeze({ idempotent: false })

export function poolFacade(pool: PgPool, querying: Querying, run: Policy['run'], more: FacadeMore, healing: Holding['healing']) {
  const { connections } = querying
  const doubt = (error: Error & { code?: string }) => {
    if (error.code === READ_ONLY) more.doubt('a write was refused')
  }
  const holding: Holding = { ...querying, runHeld: more.runHeld, doubt, healing }

  const once = (args: readonly unknown[]) => (call: Call) =>
    new Promise<unknown>((resolve, reject) => {
      connections.connect((error, client, release) => {
        if (error) return reject(error)
        if (call.remaining() <= 0) {
          release()
          return reject(new Error('its time was over before there was a connection for it'))
        }
        runOn(querying, client!, call, args, (error, result, usable) => {
          release(usable && connections.fresh(connections.of(client!)) ? undefined : true)
          if (error === undefined) return resolve(result)
          doubt(error)
          reject(error)
        })
      })
    })
  const acquire = (call: Call) =>
    new Promise<Given>((resolve, reject) => {
      connections.connect((error, client, release) => {
        if (error) return reject(error)
        // Nobody waits for it any more, and nobody would give it back.
        if (call.signal.aborted) {
          release()
          return reject(call.signal.reason)
        }
        resolve({ client: client!, release })
      })
    })

  const own: Readonly<Record<string, unknown>> = {
    query(...args: unknown[]) {
      const first = args[0]
      if (typeof (first as { submit?: unknown } | null)?.submit === 'function' || typeof first === 'function')
        return pool.query(...args)
      const sql = sqlOf(args)
      const how = sql !== undefined && isSafeRead(sql) ? READ : WRITE
      return promisedOrCalled(args, rest => run(once(rest), how))
    },
    connect(callback?: (error: Error | undefined, client?: PgClient, release?: PgClient['release']) => void) {
      const client = run(acquire, READ).then(given => heldClient(holding, given))
      if (callback === undefined) return client
      const answer: PgCallback = (error, client) => {
        if (error) callback(error, undefined, () => {})
        else callback(undefined, client as PgClient, (client as PgClient).release)
      }
      client.then(
        client => process.nextTick(answer, null, client),
        error => process.nextTick(answer, error),
      )
    },
    end(...args: unknown[]) {
      more.ended()
      return pool.end(...args)
    },
  }
  const bound = new Map<string | symbol, unknown>()
  return new Proxy(pool, {
    get(_, key) {
      if (typeof key === 'string' && Object.hasOwn(own, key)) return own[key]
      const value = Reflect.get(pool, key, pool)
      if (typeof value !== 'function' || key === 'constructor') return value
      if (!bound.has(key)) bound.set(key, value.bind(pool))
      return bound.get(key)
    },
  })
}
