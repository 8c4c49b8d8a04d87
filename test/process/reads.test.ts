// Reads over a real PostgreSQL and its streaming replica, killed one after the other: the replica answers for the primary, then the last
// good answer does, with its age; the primary takes over when it is back. And the app that runs by itself keeps all that in its parts.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import pg from 'pg'
import { createEvents, selfheal } from 'selfheal'
import { postgres } from 'selfheal/dependency'
import { testPostgres } from '../postgres.ts'
import { until } from './dependency/kit.ts'

test('primary killed, then its replica: reads go on; what was never asked fails with the primary’s error; back by itself', async t => {
  const first = await testPostgres()
  t.after(() => first.end())
  const second = await testPostgres({ wal_retrieve_retry_interval: '100ms' }, { replicaOf: first })
  t.after(() => second.end())
  const pools = [first, second].map(server => new pg.Pool({ ...server.config, max: 2 }))
  const heal = selfheal({ events: createEvents() })
  try {
    for (const pool of pools) pool.on('error', () => {})
    // By the pools themselves, before they are handed over, as an app does that migrates first.
    await pools[0]!.query("create table listings as select 'a kite' as title")
    const there = () => pools[1]!.query('select from listings')
    await until('the replica to have it', () => there().then(Boolean, () => false))
    const [primary, replica] = pools.map((pool, i) => heal.dependency(postgres(pool), { name: i === 0 ? 'primary' : 'replica' }))
    const looking = heal.reads({ from: [primary!, replica!], maxAge: '10m' })
    const find = (title: string) =>
      looking.read(
        title,
        async db => (await db.query('select title, inet_server_port() as port from listings where title = $1', [title])).rows,
      )
    const by = (port: number) => [{ title: 'a kite', port }]
    assert.deepEqual(await find('a kite'), { value: by(first.port), from: 'primary' })
    await assert.rejects(replica!.query('delete from listings'), { code: '25006' })

    await first.kill()
    assert.deepEqual(await find('a kite'), { value: by(second.port), from: 'replica' })
    assert.equal((await find('a kite')).from, 'replica')

    await second.kill()
    const copy = await find('a kite')
    assert.deepEqual([copy.from, copy.value], ['copy', by(second.port)])
    assert.ok(copy.ageMs! > 0)
    await assert.rejects(find('a boat'))
    const part = heal.parts().find(one => one.kind === 'reads')!
    assert.equal((part.snapshot() as { from: string }).from, 'copy')

    await first.start()
    await until('the primary to answer', async () => (await find('a kite')).from === 'primary')
    const wrong = looking.read('wrong', db => db.query('select nonsense'))
    await assert.rejects(wrong, { code: '42703' })
  } finally {
    await heal[Symbol.asyncDispose]()
    for (const pool of pools) await pool.end()
  }
})
