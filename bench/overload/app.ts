// The app of bench:overload: node:http over a real PostgreSQL, 10 connections, and a page that takes one query of 100 ms. What stands around
// the query is said by the first argument: `selfheal` (admission and a guard) or `usual` (a timeout and three jittered retries, by cockatiel).
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import pg from 'pg'
import { isRejected } from '../../src/core/index.ts'
import { admission, nodeAdmission } from '../../src/inbound/index.ts'
import { guard } from '../../src/policy/index.ts'
import { library } from '../peers.ts'

const [setup, databasePort, deadline] = process.argv.slice(2) as [string, string, string]
const deadlineMs = Number(deadline)
const attemptMs = deadlineMs / 2
const config = { host: '127.0.0.1', port: Number(databasePort), user: 'postgres', database: 'postgres', max: 10 }
// A limit of time for the pool's own queue, which not everyone sets: without it the usual set-up fares worse.
const pool = new pg.Pool({ ...config, connectionTimeoutMillis: attemptMs })
const counts = { asked: 0, attempts: 0 }
const query = () => {
  counts.attempts++
  return pool.query('select pg_sleep(0.1)')
}
const fail = (response: ServerResponse, error: unknown) => {
  if (!response.headersSent && !response.destroyed) response.writeHead(isRejected(error) ? 503 : 500).end()
}

function selfheal() {
  const door = admission({ deadline: deadlineMs })
  const database = guard({ name: 'database', timeout: attemptMs, limit: 10 })
  return nodeAdmission(door, (_request, response) => {
    counts.asked++
    database.run(query, { idempotent: true }).then(
      () => response.end('ok'),
      error => fail(response, error),
    )
  })
}

async function usual() {
  // biome-ignore lint/suspicious/noExplicitAny: the peers are installed on first use, and their types with them
  const c = (await library('cockatiel')) as any
  const policy = c.wrap(
    c.retry(c.handleAll, { maxAttempts: 3, backoff: new c.ExponentialBackoff() }),
    c.timeout(attemptMs, c.TimeoutStrategy.Aggressive),
  )
  return (_request: unknown, response: ServerResponse) => {
    counts.asked++
    policy.execute(query).then(
      () => response.end('ok'),
      (error: unknown) => fail(response, error),
    )
  }
}

const server = createServer(setup === 'selfheal' ? selfheal() : await usual())
await Promise.all(Array.from({ length: 10 }, () => pool.query('select pg_sleep(0.1)')))
server.listen(0, '127.0.0.1', 4_096, () => process.send!({ port: (server.address() as AddressInfo).port }))
process.on('message', () => process.send!(counts))
process.on('disconnect', () => process.exit())
