// The three drivers as their users have them, with their defaults: one call that reads, or (every fifth) writes; ours, around the same driver.
import { Redis } from 'ioredis'
import mysql2 from 'mysql2/promise'
import pg from 'pg'
import { type Dependency, dependency, mysql, postgres, redis } from '../../src/dependency/index.ts'
import { deadline } from '../../src/policy/index.ts'
import { DEADLINE_MS, type Driver, type Target } from './plan.ts'

/** The n-th call. */
export type Query = (n: number) => Promise<unknown>
const writes = (n: number) => n % 5 === 4

/** Its `error` has a listener, as its documentation asks for: without one, each lost idle connection would end the app. */
export function bare(driver: Driver, target: Target, name: string, index: number): Query {
  if (driver === 'postgres') {
    const pool = new pg.Pool({ ...target, application_name: name })
    pool.on('error', () => {})
    return sql(pool, index, '$1')
  }
  if (driver === 'mariadb') return sql(mysql2.createPool({ ...target }), index, '?')
  const client = new Redis({ ...target })
  client.on('error', () => {})
  return keys(client, index)
}

export function ours(driver: Driver, target: Target, name: string, index: number) {
  const within = <F extends object>(guarded: Dependency<F>, query: Query) => ({
    heal: guarded.heal,
    query: (n: number) => deadline.run(DEADLINE_MS, () => query(n)),
  })
  if (driver === 'postgres') {
    const db = dependency(postgres(new pg.Pool({ ...target, application_name: name })), { name: 'db' })
    return within(db, sql(db, index, '$1'))
  }
  if (driver === 'mariadb') {
    const db = dependency(mysql(mysql2.createPool({ ...target })), { name: 'db' })
    return within(db, sql(db, index, '?'))
  }
  const cache = dependency(redis(new Redis({ ...target })), { name: 'cache' })
  return within(cache, keys(cache, index))
}

/** Rows of its own: a thousand. */
const row = (index: number, n: number) => index * 1_000 + (n % 1_000)

function sql(db: { query(sql: string, values: unknown[]): Promise<unknown> }, index: number, place: '$1' | '?'): Query {
  const read = `select n from stock_seen where id = ${place}`
  const write = `update stock set n = n + 1 where id = ${place}`
  return n => db.query(writes(n) ? write : read, [row(index, n)])
}

function keys(client: Pick<Redis, 'get' | 'incr'>, index: number): Query {
  return n => (writes(n) ? client.incr(`stock:${row(index, n)}`) : client.get(`stock:${row(index, n)}`))
}
