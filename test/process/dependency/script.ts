// A script: asks its database something, ends its pool, and is done.
import pg from 'pg'
import { dependency, postgres } from '../../../src/dependency/index.ts'

const db = dependency(
  postgres(new pg.Pool({ host: '127.0.0.1', port: Number(process.env['PGPORT']), user: 'postgres', database: 'postgres' })),
)
const { rows } = await db.query('select 1 as one')
console.log(`asked: ${rows[0].one}`)
await db.end()
