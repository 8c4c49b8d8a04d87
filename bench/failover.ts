// `npm run bench:failover`: the primary is down; what an order costs through the backup against the backup asked by itself, and what each
// ledger costs a call. The backup is a process of its own that answers over HTTP; direct and failed-over calls take turns, so that what
// else the machine does falls on both.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import {
  failover,
  httpJson,
  type Ledger,
  memoryLedger,
  type Provider,
  postgresLedger,
  sqliteLedger,
} from '../src/failover/index.ts'
import { cluster } from '../test/proof/cluster.ts'
import { machine, median, table } from './table.ts'

const ORDERS = Number(process.env['ORDERS'] ?? 600)
const DEADLINE_MS = 5_000
const BACKUP = `import { createServer } from 'node:http'
const server = createServer((request, response) => request.resume().on('end', () => response.writeHead(200, { 'content-type': 'application/json' }).end('{"id":"paid"}')))
server.listen(0, '127.0.0.1', () => console.log(server.address().port))`

type Order = { readonly amount: number }
const promised = { keyTtl: '1d', keyMaxLength: 255, replaysErrors: false } as const
const over = (name: string, port: number) =>
  httpJson<Order, unknown>({
    name,
    url: `http://127.0.0.1:${port}`,
    keyHeader: 'idempotency-key',
    keyTtl: '1d',
    request: (_, { amount }) => ({ path: '/charges', body: { amount } }),
  })

const child = spawn(process.execPath, ['--input-type=module', '-e', BACKUP], { stdio: ['ignore', 'pipe', 'inherit'] })
const [line] = (await once(child.stdout, 'data')) as [Buffer]
// A port that nobody listens on.
const nobody = createServer().listen(0, '127.0.0.1')
await once(nobody, 'listening')
const gone = (nobody.address() as { port: number }).port
nobody.close()

const folder = mkdtempSync(join(tmpdir(), 'selfheal-bench-failover-'))
const database = await cluster()
const pool = new pg.Pool({ connectionString: database.url, max: 4 })
const rows: (readonly string[])[] = []
let asked = 0
const ms = (value: number) => `${value.toFixed(2)} ms`
try {
  await ledgers('memory', () => memoryLedger())
  await ledgers('SQLite', () => sqliteLedger({ file: join(folder, 'ledger.db') }))
  await ledgers('PostgreSQL', () => postgresLedger({ pool }))
} finally {
  await pool.end()
  await database.stop()
  child.kill()
  rmSync(folder, { recursive: true, force: true })
}
console.log(
  `${table(['ledger', 'first order after the primary went', 'the backup by itself', 'later orders through it', 'more than that: median', '95 %', 'the ledger alone, a call'], rows)}\n\n${ORDERS} orders each, in turns. ${machine}`,
)

async function ledgers(kind: string, make: () => Ledger) {
  const ledger = make()
  const [primary, backup] = [over('primary', gone), over('backup', Number(String(line)))]
  const orders = failover<Order, unknown>(`orders-${kind.toLowerCase()}`, {
    providers: [primary, backup],
    ledger,
    deadline: DEADLINE_MS,
    minStay: '10m',
  })
  const order = (n: number | string) => orders.call('charge', { amount: 5 }, { key: `order-${n}` })
  await ledger.read('warm', 'up')
  await direct(backup)
  const firstMs = await timed(() => order('first'))
  // Three bad answers in a row, and it is left.
  for (let n = 0; n < 20; n++) await order(`detecting-${n}`)
  const bare: number[] = []
  const through: number[] = []
  const more: number[] = []
  for (let n = 0; n < ORDERS; n++) {
    bare.push(await timed(() => direct(backup)))
    through.push(await timed(() => order(n)))
    more.push(through.at(-1)! - bare.at(-1)!)
  }
  // Nothing between: a provider that answers at once, so that what is left is the ledger and we.
  const atOnce: Provider<Order, unknown> = {
    name: 'at-once',
    card: promised,
    judge: backup.judge,
    call: async () => ({ id: 'paid' }),
  }
  const alone = failover<Order, unknown>(`alone-${kind.toLowerCase()}`, { providers: [atOnce], ledger })
  const costs: number[] = []
  for (let n = 0; n < ORDERS; n++) costs.push(await timed(() => alone.call('charge', { amount: 5 }, { key: `order-${n}` })))
  more.sort((a, b) => a - b)
  rows.push([kind, ms(firstMs), ms(median(bare)), ms(median(through)), ms(median(more)), ms(more[Math.floor(ORDERS * 0.95)]!), ms(median(costs))]) // biome-ignore format: one row
  await ledger.close?.()
}

function direct(provider: Provider<Order, unknown>) {
  return provider.call('charge', { amount: 5 }, {
    key: `direct-${++asked}`,
    operation: 'charge',
    attempt: 1,
    idempotent: true,
    priority: 'default',
    deadline: performance.now() + DEADLINE_MS,
    since: Date.now(),
    remaining: () => DEADLINE_MS,
    signal: new AbortController().signal,
  } as never)
}

async function timed(fn: () => Promise<unknown>): Promise<number> {
  const began = performance.now()
  await fn()
  return performance.now() - began
}
