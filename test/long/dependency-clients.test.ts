// Clients of pg that somebody else makes, and a PostgreSQL that is stopped (SIGSTOP): cut, ended and refused; back by itself; a cut statement ends.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { after, before, test } from 'node:test'
import pg from 'pg'
import { dependency, postgresClients } from '../../src/dependency/index.ts'
import { type TestPostgres, testPostgres } from '../postgres.ts'
import { backends, outcome, until } from '../process/dependency/kit.ts'

let server: TestPostgres
let observer: pg.Client
before(async () => {
  server = await testPostgres()
  observer = await server.observer()
})
after(async () => {
  await observer.end()
  await server.end()
})

const make = () => new pg.Client({ ...server.config, application_name: 'app' })
const codeOf = async (answer: Promise<unknown>) => ((await outcome(answer)) as { code?: string }).code
const pidOf = async (client: pg.Client) => (await client.query('select pg_backend_pid() as pid')).rows[0].pid as number
const none = () => until('none of ours', async () => (await backends(observer)).length === 0)

test('hung: cut in time, ended and refused at once; end() does not wait for a server that has stopped', async () => {
  const fast = { deadline: '1200ms', timeout: '1s', slow: '300ms', breaker: { ramp: '1ms' } } as const
  const db = dependency(postgresClients(make), { name: 'clients', ...fast })
  const one = () => db.guard(make())
  const clients = [one(), one(), one()]
  for (const client of clients) client.on('error', () => {})
  await Promise.all(clients.map(client => client.connect()))
  server.freeze()
  try {
    const ended = once(clients[2]!, 'end')
    await clients[2]!.end()
    await ended
    const begun = performance.now()
    assert.ok((await outcome(clients[0]!.query('select 1'))) instanceof Error)
    assert.ok(performance.now() - begun < 15_000)
    await until('it to be down', () => db.heal.reading().usable === 'none')
    await until('none open', () => (db.heal.snapshot() as { connections: { open: number } }).connections.open === 0)
    const late = one()
    assert.equal(((await outcome(late.connect())) as { ran?: string }).ran, 'no')
    assert.equal(((await outcome(late.query('select 1'))) as { ran?: string }).ran, 'no', 'it was never connected')
    await late.end()
  } finally {
    server.thaw()
  }
  await none()
  await until('it to be back', () => db.heal.reading().usable === 'full')
  const fresh = one()
  await fresh.connect()
  // The statement ends on the server too, and the connection is as good as before.
  const pid = await pidOf(fresh)
  assert.match(String(await codeOf(fresh.query('select pg_sleep(30)'))), /^SELFHEAL_|^57014$/)
  await until(
    'it to have ended',
    async () => !(await backends(observer)).some(b => b.state === 'active' && /pg_sleep/.test(b.query)),
  )
  assert.equal(await pidOf(fresh), pid)
  await fresh.end()
  await none()
  db.heal[Symbol.dispose]()
})
