// Brings the database to what this code needs: each migration once, in one transaction under an advisory lock, so that two lives that
// boot at the same time do it once between them.
import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'
import type pg from 'pg'
import { isDatabaseTrouble } from './database-trouble.ts'

const FOLDER = new URL('./migrations/', import.meta.url)
const LOCK = 727_001
const PATIENCE_MS = 15_000

type Pool = Pick<pg.Pool, 'connect'>

export async function migrate(pool: Pool): Promise<void> {
  const client = await firstClient(pool)
  try {
    await client.query('begin')
    await client.query('set local lock_timeout = 0; set local statement_timeout = 0')
    await client.query('select pg_advisory_xact_lock($1)', [LOCK])
    await client.query('create table if not exists migrations (name text primary key, at timestamptz not null default now())')
    const { rows } = await client.query<{ name: string }>('select name from migrations')
    const done = new Set(rows.map(row => row.name))
    const files = readdirSync(FOLDER).filter(name => name.endsWith('.sql') && !done.has(name))
    for (const file of files.sort()) {
      await client.query(readFileSync(new URL(file, FOLDER), 'utf8'))
      await client.query('insert into migrations (name) values ($1)', [file])
    }
    await client.query('commit')
    client.release()
  } catch (error) {
    client.release(true)
    throw error
  }
}

/** A database that is just starting is waited for, for a while. */
async function firstClient(pool: Pool): Promise<pg.PoolClient> {
  const giveUpAt = performance.now() + PATIENCE_MS
  for (;;) {
    try {
      return await pool.connect()
    } catch (error) {
      if (!isDatabaseTrouble(error) || performance.now() > giveUpAt) throw error
      await wait(200)
    }
  }
}
