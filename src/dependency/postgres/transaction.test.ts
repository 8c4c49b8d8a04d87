import assert from 'node:assert/strict'
import { EventEmitter } from 'node:events'
import { test } from 'node:test'
import type { PgClient } from './driver.ts'
import { transaction } from './transaction.ts'

/** [the server's status when the connection is lost, then statements and what becomes of each] */
const table: readonly (readonly [says: string, status: string, ...then: (readonly [sql: string, fate: string])[]])[] = [
  ['outside of one nothing is held back', 'I', ['select 1', 'send'], ['commit', 'send']],
  [
    'inside of one all is refused until it is rolled back',
    'T',
    ['insert …', 'refuse'],
    ['rollback', 'done'],
    ['insert …', 'send'],
  ],
  ['its commit is refused, and ends it', 'T', ['commit', 'refuse'], ['select 1', 'send']],
  ['an error had ended it before', 'E', ['select 1', 'refuse'], ['ROLLBACK;', 'done'], ['select 1', 'send']],
  ['a savepoint is no end', 'T', ['rollback to savepoint a', 'refuse'], ['select 1', 'refuse']],
  ['a new one is a new one', 'T', [' begin', 'send'], ['insert …', 'send']],
  ['abort, end', 'T', ['abort', 'done'], ['end', 'send']],
]
for (const [says, status, ...then] of table)
  test(`a transaction whose connection is lost: ${says}`, () => {
    const where = transaction()
    const connection = new EventEmitter()
    where.follow({ connection } as unknown as PgClient)
    connection.emit('readyForQuery', { status })
    assert.equal(where.idle(), status === 'I')
    where.lost()
    for (const [sql, fate] of then) assert.equal(where.fate(sql), fate, sql)
  })
