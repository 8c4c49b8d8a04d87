// An app whose database works long for it; it is killed in the middle.
import pg from 'pg'
import { postgres } from '../../../src/dependency/index.ts'
import { plainRun } from './kit.ts'

const pool = new pg.Pool({
  host: '127.0.0.1',
  port: Number(process.env['PGPORT']),
  user: 'postgres',
  database: 'postgres',
  application_name: 'sleeper',
})
const { run } = plainRun(60_000)
const db = postgres(pool, { statement: '60s' }).facade(run, { runHeld: run, doubt() {}, ended() {} })
await db.query('select 1')
console.log('ready')
await Promise.all([db.query('select pg_sleep(50)'), db.query('select pg_sleep(50)')])
