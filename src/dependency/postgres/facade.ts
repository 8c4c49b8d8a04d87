// What the app calls instead of its pool: the pool's own surface, with every operation under the guard. A lone query is a call that may be
// retried when it is safe; a checked-out client's queries are calls without queue and retry, for their connection is held already.
import type { Call, Policy } from '../../policy/index.ts'
import type { FacadeMore } from '../adapter.ts'
import { isSafeRead } from '../safe-read.ts'
import { surfaceOf } from '../surface.ts'
import { promisedOrCalled, sqlOf } from './arguments.ts'
import { isDefinition, runDefinition, unguarded } from './definitions.ts'
import type { PgCallback, PgClient, PgPool } from './driver.ts'
import { type Given, type Holding, heldClient } from './held.ts'
import { doubtOf } from './judge.ts'
import type { Lent } from './kept.ts'
import { type Querying, runOn } from './query.ts'

const READ = Object.freeze({ idempotent: true })
const WRITE = Object.freeze({ idempotent: false })

export function poolFacade(pool: PgPool, querying: Querying, run: Policy['run'], more: FacadeMore, healing: Holding['healing']) {
  const { connections } = querying
  const doubt = doubtOf(more)
  const holding: Holding = { ...querying, runHeld: more.runHeld, doubt, healing }

  const { kept } = connections
  const once = (args: readonly unknown[]) => (call: Call) =>
    new Promise<unknown>((resolve, reject) => {
      const runs = (lent: Lent) =>
        runOn(querying, lent.client, call, args, (error, result, usable) => {
          if (usable) kept.put(lent)
          else lent.release(true)
          if (error === undefined) return resolve(result)
          doubt(error)
          reject(error)
        })
      const free = kept.take()
      if (free !== undefined) return runs(free)
      connections.connect({
        refused: reject,
        given(client, release) {
          if (call.remaining() > 0) return runs(kept.lent(client, release))
          release()
          reject(new Error('its time was over before there was a connection for it'))
        },
      })
    })
  const defined = (args: readonly unknown[]) =>
    unguarded(
      () =>
        new Promise<unknown>((resolve, reject) =>
          connections.connect({
            refused: reject,
            given: (client, release) =>
              void runDefinition(querying, client, args, (error, result, usable) => {
                release(usable ? undefined : true)
                error === undefined ? resolve(result) : reject(error)
              }),
          }),
        ),
    )
  const acquire = (call: Call) =>
    new Promise<Given>((resolve, reject) => {
      connections.connect({
        refused: reject,
        given(client, release) {
          // Nobody waits for it any more, and nobody would give it back.
          if (!call.signal.aborted) return resolve({ client, release })
          release()
          reject(call.signal.reason)
        },
      })
    })

  return surfaceOf(pool, {
    query(...args: unknown[]) {
      const first = args[0]
      if (typeof (first as { submit?: unknown } | null)?.submit === 'function' || typeof first === 'function')
        return pool.query(...args)
      const sql = sqlOf(args)
      if (querying.definitions === 'free' && isDefinition(sql)) return promisedOrCalled(args, defined)
      const read = sql !== undefined && isSafeRead(sql) ? READ : WRITE
      // `{ text, values, signal }`: the caller who gives up ends its statement on the server.
      const signal = (first as { signal?: unknown } | null | undefined)?.signal
      const how = signal instanceof AbortSignal ? { ...read, signal } : read
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
      kept.giveAll()
      return pool.end(...args)
    },
  })
}
