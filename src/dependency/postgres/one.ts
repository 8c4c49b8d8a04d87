// A pool of one, for a client that the app would have made itself: what the rest of this folder needs of pg.Pool, and no more. Nothing is
// kept for later: what is given back is ended.
import { ConfigError } from '../../core/index.ts'
import type { PgClient, PgClientClass, PgConnect, PgPool } from './driver.ts'

export function poolOfOne(
  make: () => PgClient,
  asked = 'postgresClient()',
): { readonly pool: PgPool; readonly sample: PgClient } {
  // Never connected: it shows what the factory makes, and is what the app's object is an instance of.
  const sample = typeof make === 'function' ? make() : undefined
  if (sample?.connection === undefined || sample.connectionParameters === undefined || make() === sample)
    throw new ConfigError(asked, [
      {
        at: 'make',
        says: 'must be a function that makes a new pg.Client each time, for one that has ended can’t be used again: () => new pg.Client(config)',
      },
    ])
  const { connectionParameters: set } = sample
  const number = (name: string) => (typeof set[name] === 'number' && set[name] > 0 ? (set[name] as number) : undefined)
  const options = Object.fromEntries(
    ['statement_timeout', 'lock_timeout', 'idle_in_transaction_session_timeout', 'query_timeout'].flatMap(name =>
      number(name) === undefined ? [] : [[name, number(name)]],
    ),
  )
  const pool: PgPool = {
    options: { max: 1, ...options },
    Client: function Made() {
      return make()
    } as unknown as PgClientClass,
    connect: (callback => {
      const client = new pool.Client({})
      const late = setTimeout(() => client.connection.stream.destroy(), pool.options.connectionTimeoutMillis ?? 3_000)
      const gone = () => void client.end(() => {})
      const answer = (error?: Error | null) => {
        clearTimeout(late)
        if (error) {
          gone()
          callback(error, undefined, () => {})
        } else callback(undefined, client, gone)
      }
      client.connect(error => (error ? answer(error) : pool.options.verify!(client, answer)))
    }) as PgConnect,
    query: () => Promise.reject(new Error('a pool of one is asked through its client')),
    end: () => Promise.resolve(),
    on: () => pool,
    emit: () => false,
    listenerCount: () => 0,
    totalCount: 0,
    idleCount: 0,
    waitingCount: 0,
  }
  return { pool, sample }
}
