// The PostgreSQL ledger over a real PostgreSQL: the contract that every ledger keeps, two machines, and the app's own transaction.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import pg from 'pg'
import { failover, memoryLedger, type Provider, postgresLedger } from '../../src/failover/index.ts'
import { ledgerSuite } from '../conformance/ledger.ts'
import { cluster } from '../proof/cluster.ts'
import { prove } from '../proof/prove.ts'

let server: Awaited<ReturnType<typeof cluster>>
before(async () => {
  server = await cluster()
})
after(() => server.stop())

let n = 0
const poolHere = () => new pg.Pool({ connectionString: server.url, max: 4 })
ledgerSuite('postgres', async () => {
  const [pool, schema] = [poolHere(), `ledger_${++n}`]
  return { ledger: postgresLedger({ pool, schema }), second: postgresLedger({ pool, schema }), end: () => pool.end() }
})

const counting = (): { readonly provider: Provider<{ amount: number }, { id: string }>; readonly calls: string[] } => {
  const calls: string[] = []
  return {
    calls,
    provider: {
      name: 'one',
      card: { keyTtl: '1d', keyMaxLength: 255, replaysErrors: false },
      judge: answer => ('error' in answer ? { ran: 'maybe', blame: 'them' } : { ran: 'yes', blame: 'none' }),
      call: async (_, __, { key }) => {
        calls.push(key)
        return { id: key }
      },
    },
  }
}

test('two machines make the tables at the same time, and one intent of a double click', async t => {
  const pools = [poolHere(), poolHere()]
  t.after(() => Promise.all(pools.map(pool => pool.end())))
  const { provider, calls } = counting()
  const machines = pools.map(pool =>
    failover('payments', { providers: [provider], ledger: postgresLedger({ pool, schema: 'two' }) }),
  )
  const answers = await Promise.all([0, 1, 0, 1].map(i => machines[i]!.call('charge', { amount: 5 }, { key: 'order-1' })))
  assert.deepEqual(new Set(answers.map(one => one.id)).size, 1)
  assert.equal(calls.length, 1)
})

test('an intent in the app’s own transaction is there if, and only if, the order is', async t => {
  const pool = poolHere()
  t.after(() => pool.end())
  const { provider, calls } = counting()
  const told: string[] = []
  const f = failover('payments', {
    providers: [provider],
    ledger: postgresLedger({ pool, schema: 'own' }),
    every: 50,
    decided: ({ key, state }) => void told.push(`${key} ${state}`),
  })
  await pool.query('create table shop_order (id integer primary key)')
  const order = async (id: number, end: 'commit' | 'rollback') => {
    const client = await pool.connect()
    await client.query('begin')
    await client.query('insert into shop_order values ($1)', [id])
    await f.intend('charge', { amount: id }, { key: `order-${id}`, in: client })
    await client.query(end)
    client.release()
  }
  await order(1, 'rollback')
  assert.equal(await f.look('order-1'), undefined)
  await order(2, 'commit')
  assert.equal((await f.look('order-2'))?.state, 'open')
  assert.equal(calls.length, 0, 'nothing is sent inside the transaction')
  await order(3, 'commit')
  assert.deepEqual(await f.call('charge', { amount: 3 }, { key: 'order-3' }), { id: calls[0] })
  const stop = new AbortController()
  const life = f.reconcile({ signal: stop.signal })
  for (const end = performance.now() + 20_000; told.length < 2 && performance.now() < end; )
    await new Promise(resolve => setTimeout(resolve, 20))
  stop.abort()
  await life
  assert.deepEqual(told.sort(), ['order-2 ok', 'order-3 ok'])
  assert.equal(calls.length, 2)
})

test('the app’s own transaction needs the PostgreSQL ledger, and says so', async () => {
  const f = failover('payments', { providers: [counting().provider], ledger: memoryLedger() })
  await assert.rejects(
    f.intend('charge', { amount: 1 }, { key: 'a', in: { query: async () => ({ rows: [], rowCount: 0 }) } }),
    /PostgreSQL ledger/,
  )
})

test('while the database is away nothing is sent, and the refusal says why', async () => {
  const pool = new pg.Pool({ connectionString: 'postgres://nobody@127.0.0.1:1/none', connectionTimeoutMillis: 500 })
  const { provider, calls } = counting()
  const f = failover('payments', { providers: [provider], ledger: postgresLedger({ pool }) })
  await assert.rejects(f.call('charge', { amount: 1 }, { key: 'a' }), { code: 'SELFHEAL_FAILOVER_LEDGER', ran: 'no' })
  assert.equal(calls.length, 0)
  await pool.end()
})

test('a slice of the proof on it, with two machines', async () => {
  const lines: string[] = []
  const { ok, ...found } = await prove({
    runs: 60,
    batch: 60,
    seed: 43,
    withinMs: 60_000,
    way: 'selfheal',
    ledgers: ['postgres'],
    postgres: server.url,
    say: text => void lines.push(text),
  })
  assert.ok(ok, `${JSON.stringify(found)}\n${lines.join('\n')}`)
})
