// One table for all rules: facts that keep the rule, facts that break it, and what is said.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { failover, memoryLedger } from '../failover/index.ts'
import { allRules, examine } from './doctor.ts'
import type { Facts, PartFacts } from './facts.ts'
import { behind } from './surroundings.ts'

const none: Facts = { parts: [], databases: [], instances: 1, spares: 0 }
const part = (levels: Readonly<Record<string, number | null>>, more: Partial<PartFacts> = {}): PartFacts => ({
  path: 'shop/db',
  kind: 'postgres',
  settings: Object.entries(levels).map(([level, valueMs]) => ({ level, name: level, valueMs, from: 'here' })),
  ...more,
})
const of = (levels: Readonly<Record<string, number | null>>, more: Partial<Facts> = {}): Facts => ({
  ...none,
  parts: [part(levels)],
  ...more,
})
const database = (settings: Readonly<Record<string, string>>, more = {}): Facts => ({
  ...none,
  databases: [{ name: 'shop', kind: 'postgres', settings, maxConnections: 100, reserved: 3, pooled: false, ...more }],
})
const alb = behind('alb')!

const table: readonly (readonly [rule: string, keeps: Facts, breaks: Facts, says: RegExp])[] = [
  [
    'keep-alive',
    of({ 'server-keep-alive': 65_000 }, { behind: alb }),
    of({ 'server-keep-alive': 5_000 }, { behind: alb }),
    /502/,
  ],
  [
    'keep-alive',
    of({ 'client-keep-alive': 4_000, 'their-keep-alive': 5_000 }),
    of({ 'client-keep-alive': 5_000, 'their-keep-alive': 5_000 }),
    /being closed/,
  ],
  [
    'proxy',
    of({ 'inbound-deadline': 25_000 }, { behind: alb }),
    of({ 'inbound-deadline': 60_000 }, { behind: alb }),
    /alb gives up after 1 min/,
  ],
  [
    'proxy',
    // A door in front of the server; and the door of another process.
    {
      ...of({}, { behind: alb }),
      parts: [
        part({ 'inbound-deadline': 25_000 }, { path: 'shop/web/inbound' }),
        part({ 'server-request': 300_000 }, { path: 'shop/web/http:80' }),
      ],
    },
    {
      ...of({}, { behind: alb }),
      parts: [
        part({ 'inbound-deadline': 25_000 }, { path: 'shop/web/inbound' }),
        part({ 'server-request': 300_000 }, { path: 'shop/api/http:81' }),
      ],
    },
    /5 min/,
  ],
  [
    'proxy',
    of({ 'server-request': 25_000 }, { behind: behind('heroku')! }),
    of({ 'server-request': 300_000 }, { behind: behind('heroku')! }),
    /5 min/,
  ],
  [
    'order',
    of({ lock: 2_000, statement: 5_000, attempt: 5_500, deadline: 10_000 }),
    of({ statement: 5_000, attempt: 5_000 }),
    /statement \(5 s\) is not below attempt/,
  ],
  ['order', of({ command: 300, attempt: 300 }), of({ command: 400, attempt: 300 }), /command/],
  ['order', of({ lock: 2_000, statement: 5_000 }), of({ lock: 5_000, statement: 4_000 }), /lock/],
  ['order', of({ acquire: 3_000, deadline: 10_000 }), of({ acquire: 15_000, deadline: 10_000 }), /wait for a connection longer/],
  [
    'order',
    of({ statement: 5_000, 'idle-in-transaction': 30_000 }),
    of({ statement: 60_000, 'idle-in-transaction': 30_000 }),
    /between two of its statements/,
  ],
  ['endless', of({ acquire: 2_000 }), of({ acquire: null }), /for ever/],
  ['endless', of({ query: null, statement: 5_000 }), of({ query: null }), /no end/],
  [
    'attempts',
    of({ 'attempts-total': 9_000, deadline: 10_000 }),
    of({ 'attempts-total': 12_000, deadline: 10_000 }),
    /never happen/,
  ],
  [
    'breaker',
    of({ attempt: 3_000, slow: 2_000, window: 10_000, open: 5_000 }),
    of({ attempt: 2_000, slow: 2_000 }),
    /never seen/,
  ],
  [
    'breaker',
    of({ attempt: 600_000, slow: 25_000, window: 60_000 }),
    of({ attempt: 600_000, slow: 40_000, window: 60_000 }),
    /two slow calls of 40 s/,
  ],
  ['breaker', of({ attempt: 3_000, window: 10_000 }), of({ attempt: 6_000, window: 10_000 }), /two attempts/],
  ['breaker', of({ attempt: 3_000, open: 5_000 }), of({ attempt: 6_000, open: 5_000 }), /stays open/],
  [
    'stop',
    of({ drain: 7_000, grace: 8_000 }, { above: { name: 'docker', stopMs: 10_000 } }),
    of({ drain: 7_000, grace: 12_000 }, { above: { name: 'docker', stopMs: 10_000 } }),
    /docker kills it/,
  ],
  ['stop', of({ drain: 7_000, grace: 8_000 }), of({ drain: 9_000, grace: 8_000 }), /is killed after 8 s/],
  [
    'retries',
    { ...none, parts: [part({}, { settings: [{ level: 'retries', name: 'retry', valueMs: 2, from: 'guard' }] })] },
    {
      ...none,
      parts: [
        part(
          {},
          {
            settings: [
              { level: 'retries', name: 'retry', valueMs: 2, from: 'guard' },
              { level: 'retries', name: 'maxRetriesPerRequest', valueMs: 20, from: 'ioredis' },
            ],
          },
        ),
      ],
    },
    /one call may become 63/,
  ],
  [
    'connections',
    { ...database({}), parts: [part({}, { snapshot: { size: 10 } })], instances: 4 },
    { ...database({}), parts: [part({}, { snapshot: { size: 20 } })], instances: 4 },
    /100 connections; the database takes 97/,
  ],
  [
    'server-side',
    database({
      client_connection_check_interval: '500ms',
      statement_timeout: '5s',
      lock_timeout: '2s',
      idle_in_transaction_session_timeout: '30s',
      tcp_user_timeout: '10s',
    }),
    database({ client_connection_check_interval: '0' }),
    /client died/,
  ],
  [
    'server-side',
    { ...database({ statement_timeout: '0' }), parts: [part({ statement: 5_000 })] },
    { ...database({ statement_timeout: '0' }, { pooled: true }), parts: [part({ statement: 5_000 })] },
    /run for ever/,
  ],
  ['pooler', database({}), database({}, { pooled: true }), /leak/],
  [
    'alone',
    {
      ...none,
      parts: [
        part(
          {},
          {
            kind: 'failover',
            snapshot: {
              providers: [
                { name: 'a', calls: 9 },
                { name: 'b', calls: 1 },
              ],
            },
          },
        ),
      ],
    },
    { ...none, parts: [part({}, { kind: 'failover', snapshot: { providers: [{ name: 'a', calls: 9 }] } })] },
    /one provider only \(a\)/,
  ],
  [
    'alone',
    none,
    {
      ...none,
      parts: [
        part(
          {},
          {
            kind: 'failover',
            snapshot: {
              providers: [
                { name: 'a', calls: 9 },
                { name: 'b', calls: 0 },
              ],
            },
          },
        ),
      ],
    },
    /b was never called/,
  ],
]

/** SQL, a statement of JavaScript, or a member of an object in it. */
function canBePasted(patch: string): boolean {
  if (patch.split('\n').every(line => /^alter role current_user set \w+ = '[^']+';$/.test(line))) return true
  return [patch, `({ ${patch} })`].some(text => {
    try {
      return new Function(text) !== undefined
    } catch {
      return false
    }
  })
}

for (const [name, keeps, breaks, says] of table)
  test(`${name}: ${says.source}`, () => {
    const rule = allRules.find(rule => rule.name === name)!
    assert.deepEqual(rule.check(keeps), [])
    const found = rule.check(breaks)
    assert.ok(
      found.some(f => says.test(f.says)),
      JSON.stringify(found),
    )
    for (const { mend, rule } of found) assert.ok(mend.length > 5 && rule === name)
    for (const { patch } of found) if (patch !== undefined) assert.ok(canBePasted(patch), patch)
  })

test('a dependency’s levels are patched in the line that sets them: the inner one lowered, idle-in-transaction raised', () => {
  const patches = (kind: string, levels: Readonly<Record<string, number>>) =>
    examine({ ...none, parts: [part(levels, { kind: 'dependency', snapshot: { driver: kind } })] }).findings.map(f => f.patch)
  assert.deepEqual(patches('postgres', { statement: 5_000, attempt: 4_000 }), ["postgres(pool, { statement: '3600ms' })"])
  assert.deepEqual(patches('mysql', { lock: 9_000, statement: 5_000 }), ["mysql(pool, { lock: '4500ms' })"])
  assert.deepEqual(patches('redis', { command: 1_000, attempt: 500 }), ["redis(client, { command: '450ms' })"])
  assert.deepEqual(patches('postgres', { statement: 5_000, 'idle-in-transaction': 1_000 }), [
    "postgres(pool, { idleInTransaction: '30000ms' })",
  ])
  assert.deepEqual(patches('http', { attempt: 9_000, deadline: 5_000 }), ["dependency(http(origin), { timeout: '4500ms' })"])
})

test('every rule is in the table', () => {
  assert.deepEqual([...new Set(table.map(row => row[0]))].sort(), allRules.map(rule => rule.name).sort())
})

test('the verdict is no when a rule is broken, and yes when there is only something to look at', () => {
  assert.equal(examine(of({ acquire: null })).well, false)
  assert.equal(examine(database({}, { pooled: true })).well, true)
  assert.equal(examine(none).well, true)
})

test('alone, of what a failover really tells: one provider only, a backup that was never called', async () => {
  const provider = (name: string) => ({
    name,
    judge: () => ({ ran: 'yes', blame: 'none' }) as const,
    card: { keyTtl: '1d', keyMaxLength: 40, replaysErrors: false } as const,
    call: async () => name,
  })
  const rule = allRules.find(rule => rule.name === 'alone')!
  const judged = (...names: readonly string[]) => {
    const made = failover<unknown, string>('pay', { providers: names.map(provider), ledger: memoryLedger() })
    const check = () =>
      rule.check({ ...none, parts: [part({}, { path: 'pay', kind: made.kind, snapshot: made.snapshot() })] }).map(f => f.says)
    return { made, check }
  }
  assert.match(String(judged('a').check()), /one provider only \(a\)/)
  const { made, check } = judged('a', 'b')
  await made.call('charge', {}, { key: 'order-1' })
  assert.equal(check().length, 1)
  assert.match(check()[0]!, /^b was never called/)
})
