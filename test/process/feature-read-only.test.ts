// The whole app read-only, down to a real PostgreSQL: a GET that writes is refused by the server itself, reads go on, and all is as
// before afterwards.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import pg from 'pg'
import { dependency, postgres } from 'selfheal/dependency'
import { modes } from 'selfheal/feature'
import { testPostgres } from '../postgres.ts'

const WHO = { by: 'ada', why: 'migration' }

test('a GET that writes is caught by the database while the app is read-only; what was begun before ends as it began', async () => {
  const server = await testPostgres()
  const pool = new pg.Pool({ ...server.config, max: 3 })
  const db = dependency(postgres(pool))
  const all = modes()
  try {
    await pool.query('create table seen (n int)')
    const undo = db.heal.readOnlyWhile(all.app)
    // What a handler of a GET does that counts its visitors.
    const visit = () => db.query('insert into seen values (1)')
    await visit()
    const before = await db.connect()
    await before.query('begin')
    await before.query('insert into seen values (2)')

    await all.app.verbs!['readonly']!(null, WHO)
    await assert.rejects(visit(), { code: '25006' })
    await assert.rejects(db.query('with w as (insert into seen values (3) returning n) select * from w'), { code: '25006' })
    const client = await db.connect()
    await client.query('begin')
    await assert.rejects(client.query('insert into seen values (4)'), { code: '25006' })
    await client.query('rollback')
    client.release()
    await before.query('commit')
    before.release()
    assert.deepEqual((await db.query('select n from seen order by n')).rows, [{ n: 1 }, { n: 2 }])
    await assert.rejects(visit(), { code: '25006' }, 'the connection that was in use is not used again')
    assert.equal(db.heal.reading().usable, 'full', 'the database itself is well')

    await all.app.verbs!['on']!(null, WHO)
    await visit()
    undo()
    await all.app.verbs!['readonly']!(null, WHO)
    await visit()
  } finally {
    all.close()
    db.heal[Symbol.dispose]()
    await pool.end()
    await server.end()
  }
})
