// An app that has never heard of us, in CommonJS: one PostgreSQL by a pool, one Redis, one API by fetch, one stream.
const http = require('node:http')
const { Pool } = require('pg')
const Redis = require('ioredis')

const pool = new Pool({ connectionString: process.env.DATABASE_URL, max: 4, application_name: 'shop' })
const other = new Pool({ connectionString: process.env.DATABASE_URL, max: 1, application_name: 'shop-other' })
const cache = process.env.REDIS_PORT ? new Redis(Number(process.env.REDIS_PORT), { lazyConnect: true }) : undefined
cache?.on('error', () => {})

const routes = {
  '/db': async () => (await pool.query('select 1 as one')).rows[0].one,
  '/transaction': async () => {
    const client = await pool.connect()
    try {
      await client.query('begin')
      const { rows } = await client.query('select 2 as two')
      await client.query('commit')
      return rows[0].two
    } finally {
      client.release()
    }
  },
  '/callback': () =>
    new Promise((resolve, reject) => other.query('select 3 as three', (e, r) => (e ? reject(e) : resolve(r.rows[0].three)))),
  '/cache': async () => {
    await cache.set('k', 'v')
    return cache.get('k')
  },
  '/api': async () => (await fetch(`${process.env.API}/price`)).text(),
  '/is': async () => `${pool instanceof Pool} ${pool.totalCount >= 0} ${cache === undefined || cache instanceof Redis}`,
  '/open': async () => pool.totalCount,
  '/never': () => new Promise(() => {}),
}

const server = http.createServer(async (request, response) => {
  if (request.url === '/stream') {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.write('data: 1\n\n')
    return
  }
  try {
    response.end(String(await routes[request.url]()))
  } catch (error) {
    response.writeHead(500).end(String(error.code ?? error.message))
  }
})
server.listen(Number(process.env.PORT ?? 0), '127.0.0.1', () => console.log(`listening on ${server.address().port}`))
process.on('SIGTERM', () => process.exit(0))
