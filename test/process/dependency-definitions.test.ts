// A migration takes as long as it takes where that was asked for: over a pool, a connection of it, and a client that somebody else makes; with
// the ceilings back afterwards, in and out of transactions.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import pg from 'pg'
import { dependency, postgres, postgresClients } from '../../src/dependency/index.ts'
import { type TestPostgres, testPostgres } from '../postgres.ts'
import { outcome } from './dependency/kit.ts'

let server: TestPostgres
before(async () => {
  server = await testPostgres()
})
after(() => server.end())

/** Far above the ceiling, and above the deadline of a call. */
const SLOW = 'create table NAME as select 1 as n from pg_sleep(2.2)'
const LEVELS = { statement: '400ms', lock: '300ms' } as const
const GUARD = { deadline: '2s', timeout: '2s' } as const
const CUT = /^(57014|SELFHEAL_.*)$/
const codeOf = async (answer: Promise<unknown>) => ((await outcome(answer)) as { code?: string }).code

test('free: it is done, and the ceilings are there again; bounded: it is not', async () => {
  const config = { ...server.config, max: 1 }
  const free = dependency(postgres(new pg.Pool(config), { ...LEVELS, definitions: 'free' }), { name: 'free', ...GUARD })
  const bounded = dependency(postgres(new pg.Pool(config), LEVELS), { name: 'bounded', ...GUARD })
  const clients = dependency(
    postgresClients(() => new pg.Client(config), { ...LEVELS, definitions: 'free' }),
    { name: 'clients', ...GUARD },
  )
  const client = clients.guard(new pg.Client(config))
  const [held] = await Promise.all([free.connect(), client.connect()])
  const slow = (db: { query(sql: string): Promise<unknown> }, name: string) => codeOf(db.query(SLOW.replace('NAME', name)))
  const ceiling = async (db: { query(sql: string): Promise<pg.QueryResult> }) =>
    (await db.query("select current_setting('statement_timeout') || ' ' || current_setting('lock_timeout') as c")).rows[0].c

  const [a, b, c] = await Promise.all([slow(held, 'a'), slow(client, 'b'), slow(bounded, 'c')])
  assert.deepEqual([a, b], [undefined, undefined])
  assert.match(String(c), CUT)
  for (const one of [held, client]) {
    assert.equal(await ceiling(one), '400ms 300ms')
    assert.match(String(await codeOf(one.query('select pg_sleep(5)'))), CUT, 'rows are asked for as ever')
    await one.query('begin')
    assert.equal(await codeOf(one.query('alter table nothing add m int')), '42P01')
    assert.equal(await codeOf(one.query('create table z (n int)')), '25P02')
    await one.query('rollback')
    assert.equal(await ceiling(one), '400ms 300ms')
  }
  held.release()
  assert.equal(await codeOf(free.query('create table d as select 1 as n from pg_sleep(0.6)')), undefined)
  assert.equal(await ceiling(free), '400ms 300ms')
  assert.throws(() => postgres(new pg.Pool(config), { definitions: 'never' as never }), /must be 'bounded' or 'free'/)
  await Promise.all([free.end(), bounded.end(), client.end()])
  clients.heal[Symbol.dispose]()
})
