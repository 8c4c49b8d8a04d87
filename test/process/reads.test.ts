// Reads over two real PostgreSQL servers that are killed one after the other: the second answers for the first, then the last good
// answer does, with its age; the first takes over when it is back. And the app that runs by itself keeps all that in its parts.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import pg from 'pg'
import { createEvents, selfheal } from 'selfheal'
import { postgres } from 'selfheal/dependency'
import { testPostgres } from '../postgres.ts'
import { until } from './program/kit.ts'

test('primary killed, then its replica: reads go on; what was never asked fails with the primary’s error; back by itself', async () => {
  const servers = await Promise.all([testPostgres(), testPostgres()])
  const pools = servers.map(server => new pg.Pool({ ...server.config, max: 2 }))
  const heal = selfheal({ events: createEvents() })
  try {
    for (const [i, pool] of pools.entries()) {
      pool.on('error', () => {})
      await pool.query(`create table listings as select ${i} as server, 'a kite' as title`)
    }
    const [primary, replica] = pools.map((pool, i) => heal.dependency(postgres(pool), { name: i === 0 ? 'primary' : 'replica' }))
    const looking = heal.reads({ from: [primary!, replica!], maxAge: '10m' })
    const find = (title: string) =>
      looking.read(title, async db => (await db.query('select server from listings where title = $1', [title])).rows)
    assert.deepEqual(await find('a kite'), { value: [{ server: 0 }], from: 'primary' })

    await servers[0]!.kill()
    assert.deepEqual(await find('a kite'), { value: [{ server: 1 }], from: 'replica' })
    assert.equal((await find('a kite')).from, 'replica')

    await servers[1]!.kill()
    const copy = await find('a kite')
    assert.deepEqual([copy.from, copy.value], ['copy', [{ server: 1 }]])
    assert.ok(copy.ageMs! > 0)
    await assert.rejects(find('a boat'))
    assert.equal(
      (
        heal
          .parts()
          .find(one => one.kind === 'reads')!
          .snapshot() as { from: string }
      ).from,
      'copy',
    )

    await servers[0]!.start()
    await until('the primary to answer', async () => (await find('a kite')).from === 'primary')
    await assert.rejects(
      looking.read('wrong', db => db.query('select nonsense')),
      { code: '42703' },
    )
  } finally {
    await heal[Symbol.asyncDispose]()
    for (const pool of pools) await pool.end()
    for (const server of servers) await server.end()
  }
})
