import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isSafeRead } from './safe-read.ts'

const safe = [
  'select 1',
  'SELECT * FROM listings WHERE id = $1',
  "select count(*), max(price) from t where title ilike '%insert into%' -- update\n",
  'select lower(name) from t order by 1 limit 10;',
  '(select 1) union (select 2)',
  'with recent as (select * from t) select count(*) from recent',
  'with recent (a, b) as (select 1, 2) select * from recent',
  'select distinct on (a) a, row_number() over (partition by b) from t',
  "select x from t where x in (1, 2) and created_at > now() - interval '1 day'",
  'table listings',
  'values (1), (2)',
  'show search_path',
  'select numeric(10, 2) from t',
]
const unsafe = [
  'insert into t values (1)',
  'update t set x = 1',
  'select * from t for update',
  'select * from t for share',
  'select * into copy_of_t from t',
  "select nextval('s')",
  'select my_function()',
  'select app.refresh()',
  'select "myFunction"()',
  'select pg_advisory_lock(1)',
  "select set_config('a', 'b', false)",
  "select pg_notify('a', 'b')",
  'select 1; delete from t',
  'with gone as (delete from t returning *) select * from gone',
  "select E'it\\'s', delete_all()",
  'begin',
  'listen jobs',
  'explain analyze delete from t',
  '',
]
for (const sql of safe) test(`may be asked twice: ${sql.trim()}`, () => assert.equal(isSafeRead(sql), true))
for (const sql of unsafe) test(`is asked once: ${sql || '(nothing)'}`, () => assert.equal(isSafeRead(sql), false))
