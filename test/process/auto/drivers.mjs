// An app that has never heard of us, with the other drivers: MariaDB by mysql2 with promises and with callbacks, Redis by node-redis, an API by
// undici's fetch, request, and pools of its own.
import http from 'node:http'
import mysql from 'mysql2'
import { createPool } from 'mysql2/promise'
import { createClient } from 'redis'
import { Agent, fetch, Pool, request } from 'undici'

const config = { ...JSON.parse(process.env.MARIADB), connectionLimit: 4 }
const pool = createPool(config)
const called = mysql.createPool(process.env.MARIADB_URL)
const cache = createClient({ url: `redis://127.0.0.1:${process.env.REDIS_PORT}` })
cache.on('error', () => {})
await cache.connect()
const { API } = process.env
const own = new Agent()
const apiPool = new Pool(API)

const routes = {
  '/sql': async () => (await pool.query('select 1 as one'))[0][0].one,
  '/execute': async () => (await pool.execute('select ? as two', [2]))[0][0].two,
  '/transaction': async () => {
    const connection = await pool.getConnection()
    try {
      await connection.beginTransaction()
      const [rows] = await connection.query('select 3 as three')
      await connection.commit()
      return rows[0].three
    } finally {
      connection.release()
    }
  },
  '/called': () =>
    new Promise((resolve, reject) => called.query('select 4 as four', (e, rows) => (e ? reject(e) : resolve(rows[0].four)))),
  '/cache': async () => {
    await cache.set('k', 'v')
    return cache.get('k')
  },
  '/api': async () => (await fetch(`${API}/price`)).text(),
  '/agent': async () => (await fetch(`${API}/price`, { dispatcher: own })).text(),
  '/request': async () => (await request(`${API}/price`)).body.text(),
  '/pool': async () => (await apiPool.request({ path: '/price', method: 'GET' })).body.text(),
  '/open': async () => pool.pool._allConnections.length,
}

const server = http.createServer(async (request, response) => {
  try {
    response.end(String(await routes[request.url]()))
  } catch (error) {
    response.writeHead(500).end(String(error.code ?? error.message))
  }
})
server.listen(0, '127.0.0.1', () => console.log(`listening on ${server.address().port}`))
process.on('SIGTERM', () => process.exit(0))
