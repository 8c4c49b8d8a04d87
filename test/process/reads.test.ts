// Reads over a real PostgreSQL and its streaming replica, killed one after the other: the replica answers for the primary, then the last
// good answer does, with its age; the primary takes over when it is back. And the app that runs by itself keeps all that in its parts. A job
// of the same app pauses meanwhile, and goes on.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import pg from 'pg'
import { createEvents, selfheal } from 'selfheal'
import { postgres } from 'selfheal/dependency'
import { modes } from 'selfheal/feature'
import { testPostgres } from '../postgres.ts'
import { until } from './dependency/kit.ts'

test('primary killed, then its replica: reads go on, what was never asked fails with the primary’s error, a job pauses; back by itself', async t => {
  const first = await testPostgres()
  t.after(() => first.end())
  const second = await testPostgres({ wal_retrieve_retry_interval: '100ms' }, { replicaOf: first })
  t.after(() => second.end())
  const pools = [first, second].map(server => new pg.Pool({ ...server.config, max: 2 }))
  const heal = selfheal({ events: createEvents() })
  try {
    for (const pool of pools) pool.on('error', () => {})
    // By the pools themselves, before they are handed over, as an app does that migrates first.
    await pools[0]!.query("create table listings as select 'a kite' as title; create table mails (n int primary key)")
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

    const jobs = modes()
    t.after(() => jobs.close())
    const mail = jobs.feature('mail', { needs: [primary!] })
    const job = { done: 0, failed: 0, goesOn: true }
    const ended = (async () => {
      for (; job.goesOn; await wait(2)) {
        const insert = () => primary!.query('insert into mails values ($1) on conflict do nothing', [job.done + 1])
        await mail.run(insert, { otherwise: 'wait' }).then(
          () => job.done++,
          () => job.failed++,
        )
      }
    })()
    await until('the job to be at work', () => job.done > 3)

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
    const before = job.done
    await until('the job to go on', () => job.done > before + 3)
    job.goesOn = false
    await ended
    assert.ok(job.failed <= 20, `${job.failed} tries failed: it did not pause`)
    const { rows } = await primary!.query('select count(*)::int as n, max(n) as last from mails')
    assert.deepEqual(rows[0], { n: job.done, last: job.done })
    const wrong = looking.read('wrong', db => db.query('select nonsense'))
    await assert.rejects(wrong, { code: '42703' })
  } finally {
    await heal[Symbol.asyncDispose]()
    for (const pool of pools) await pool.end()
  }
})
