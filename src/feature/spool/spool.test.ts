import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { createEvents, isConfigError, type Json, type Reading, RejectedError, settableNeed } from '../../core/index.ts'
import { openStore } from '../../store/index.ts'
import { deferred, type Kind, type Receipt, type Spool, type SpoolOptions, spool } from '../index.ts'
import { MIGRATIONS } from './schema.ts'

const FULL: Reading = { usable: 'full', state: 'up', causes: [], since: 0 }
const NONE: Reading = { usable: 'none', state: 'down', causes: [], since: 0 }
const folder = mkdtempSync(join(tmpdir(), 'selfheal-spool-'))
const open: Spool[] = []
after(async () => {
  for (const one of open) await one[Symbol.asyncDispose]()
  rmSync(folder, { recursive: true, force: true })
})
let files = 0
const until = async (what: string, is: () => boolean) => {
  const end = performance.now() + 20_000
  while (!is()) {
    if (performance.now() > end) throw new Error(`not within 20 s: ${what}`)
    await sleep(2)
  }
}

function world(kind: Partial<Kind<Json>> = {}, options: Partial<SpoolOptions> = {}) {
  const db = settableNeed('database', NONE)
  const applied: [string, Json][] = []
  const events = createEvents()
  const heard: string[] = []
  events.on('*', event => heard.push(event.name))
  const file = options.file ?? join(folder, `${++files}.db`)
  const listing: Kind<Json> = { apply: (body, { key }) => void applied.push([key, body]), ...kind }
  const made = spool({ perSecond: 10_000, ...options, file, kinds: { listing }, when: db, events })
  open.push(made)
  return { db, applied, spool: made, heard, file }
}

test('a write is taken while its need is down, and applied when it is back, each once and in the order of its line', async () => {
  const { db, applied, spool, heard } = world()
  const receipts: Receipt[] = []
  for (let i = 0; i < 20; i++) receipts.push(await spool.defer('listing', { i }, { key: `k${i}`, line: `line ${i % 3}` }))
  assert.deepEqual(receipts[0], { key: 'k0', kind: 'listing', state: 'pending', acceptedAt: receipts[0]!.acceptedAt, tries: 0 })
  assert.equal(applied.length, 0)
  assert.equal(spool.counts().pending, 20)
  db.set(FULL)
  await until('all applied', () => spool.counts().applied === 20)
  for (const line of [0, 1, 2])
    assert.deepEqual(
      applied.map(([, body]) => (body as { i: number }).i).filter(i => i % 3 === line),
      Array.from({ length: 20 }, (_, i) => i).filter(i => i % 3 === line),
    )
  assert.equal(applied.length, 20)
  await until('told', () => heard.includes('spool.drained'))
  assert.deepEqual(
    heard.filter(name => name !== 'spool.drained'),
    ['spool.began'],
  )
  assert.equal(spool.find('k7')!.state, 'applied')
})

test('it is on the disk before it is said to be taken: another reader sees it', async () => {
  const { spool, file } = world()
  await spool.defer('listing', { title: 'kite' }, { key: 'kite' })
  const other = openStore(file, { migrations: MIGRATIONS, readOnly: true })
  assert.equal(other.db.prepare('SELECT body FROM items WHERE key = ?').get('kite')!['body'], '{"title":"kite"}')
  other.close()
})

test('the same write again is the same write; another under its key is refused', async () => {
  const { spool } = world()
  const [one, two] = await Promise.all([1, 2].map(() => spool.defer('listing', { a: 1 }, { key: 'same' })))
  assert.deepEqual(one, two)
  assert.equal(spool.counts().accepted, 1)
  await assert.rejects(spool.defer('listing', { a: 2 }, { key: 'same' }), { code: 'SELFHEAL_SPOOL_KEY_REUSED', ran: 'no' })
  assert.equal(spool.counts().accepted, 1)
})

test('it is bounded: by number, by bytes, by the size of one', async () => {
  const few = world({}, { most: 2 })
  await Promise.all([few.spool.defer('listing', 1), few.spool.defer('listing', 2)])
  await assert.rejects(few.spool.defer('listing', 3), { code: 'SELFHEAL_SPOOL_FULL', ran: 'no' })
  assert.ok(few.heard.includes('spool.full'))
  few.db.set(FULL)
  await until('room again', () => few.spool.counts().pending === 0)
  await few.spool.defer('listing', 3)
  const small = world({}, { mostBytes: 20, mostBody: 15 })
  await small.spool.defer('listing', 'x'.repeat(10))
  await assert.rejects(small.spool.defer('listing', 'x'.repeat(10)), { code: 'SELFHEAL_SPOOL_FULL' })
  await assert.rejects(small.spool.defer('listing', 'x'.repeat(14)), { code: 'SELFHEAL_SPOOL_TOO_LARGE' })
})

test('it is looked at again before it is applied: what does not hold any more is a dead letter with its reason', async () => {
  const { db, applied, spool, heard } = world({
    check: body => ((body as { gone?: true }).gone ? 'The listing was sold meanwhile' : undefined),
  })
  await spool.defer('listing', { gone: true }, { key: 'a', line: 'l' })
  await spool.defer('listing', {}, { key: 'b', line: 'l' })
  db.set(FULL)
  await until('both ended', () => spool.counts().pending === 0)
  assert.deepEqual(
    applied.map(([key]) => key),
    ['b'],
  )
  assert.deepEqual([spool.find('a')!.state, spool.find('a')!.reason], ['dead', 'The listing was sold meanwhile'])
  assert.ok(heard.includes('spool.dead'))
})

test('what fails is tried again, in its place in its line, and is a dead letter after its tries or when it is its own fault', async () => {
  const seen: string[] = []
  const { db, spool } = world(
    {
      apply(body, { key, attempt }) {
        seen.push(`${key}${attempt}`)
        const { fails = 0, wrong = false } = body as { fails?: number; wrong?: boolean }
        if (wrong) throw Object.assign(new Error('no such category'), { wrong })
        if (attempt <= fails) throw new Error('deadlock detected')
      },
      judge: answer => ({ ran: 'no', blame: 'error' in answer && (answer.error as { wrong?: true }).wrong ? 'caller' : 'them' }),
    },
    { tries: 2 },
  )
  await spool.defer('listing', { fails: 1 }, { key: 'a', line: 'one' })
  await spool.defer('listing', {}, { key: 'b', line: 'one' })
  await spool.defer('listing', { wrong: true }, { key: 'c' })
  await spool.defer('listing', { fails: 9 }, { key: 'd' })
  db.set(FULL)
  await until('all ended', () => spool.counts().pending === 0)
  assert.deepEqual(
    seen.filter(one => /[ab]/.test(one)),
    ['a1', 'a2', 'b1'],
  )
  assert.deepEqual(
    [spool.find('c')!.reason, spool.find('d')!.reason],
    ['no such category', 'Tried 2 times; the last: deadlock detected'],
  )
  assert.deepEqual(
    seen.filter(one => /[cd]/.test(one)),
    ['c1', 'd1', 'd2'],
  )
})

test('our own refusals, and a need that goes meanwhile, cost no try', async () => {
  let refuse = 1
  const { db, spool } = world(
    {
      apply() {
        if (refuse-- > 0)
          throw new RejectedError('open', { code: 'SELFHEAL_BREAKER_OPEN', policy: 'breaker', key: 'db', ran: 'no', hint: '' })
      },
    },
    { tries: 1 },
  )
  await spool.defer('listing', {}, { key: 'a' })
  db.set(FULL)
  await until('applied', () => spool.counts().applied === 1)
})

test('one that hangs is given up at its time and does not hold the others', async () => {
  const { db, applied, spool } = world(
    { apply: (body, { key }) => (body === 'hangs' ? new Promise(() => {}) : void applied.push([key, body])) },
    { within: '50ms', tries: 1, atOnce: 2 },
  )
  await spool.defer('listing', 'hangs', { key: 'h' })
  await spool.defer('listing', 'goes', { key: 'g' })
  db.set(FULL)
  await until('both ended', () => spool.counts().pending === 0)
  assert.match(spool.find('h')!.reason!, /not done within 50 ms/)
  assert.equal(spool.find('g')!.state, 'applied')
})

test('dead letters are listed, tried again and dropped by hand; counts hold throughout', async () => {
  let broken = true
  const { db, applied, spool } = world(
    {
      apply(body, { key }) {
        if (broken) throw new Error('broken')
        applied.push([key, body])
      },
    },
    { tries: 1 },
  )
  const holds = () => {
    const { accepted, applied: done, dead, pending } = spool.counts()
    assert.equal(accepted, done + dead + pending)
  }
  for (const key of ['a', 'b', 'c']) await spool.defer('listing', key, { key })
  db.set(FULL)
  await until('all dead', () => spool.counts().dead === 3)
  holds()
  const who = { by: 'ada', why: 'mended' }
  const listed = (await spool.verbs!['list']!(null, who)) as unknown as { key: string; reason: string }[]
  assert.deepEqual(
    listed.map(one => one.key),
    ['a', 'b', 'c'],
  )
  await spool.verbs!['drop']!({ key: 'a' }, who)
  broken = false
  await spool.verbs!['retry']!({ key: 'all' }, who)
  await until('the others applied', () => spool.counts().applied === 2)
  holds()
  assert.deepEqual([spool.counts().dead, spool.find('a')!.state], [1, 'dropped'])
  await assert.rejects(spool.verbs!['retry']!({ key: 'a' }, who), { code: 'SELFHEAL_SPOOL_NOT_DEAD' })
})

test('the drain is limited: so many a second, so many at once', async () => {
  let now = 0
  let most = 0
  const { db, spool } = world(
    {
      async apply() {
        most = Math.max(most, ++now)
        await sleep(1)
        now--
      },
    },
    { perSecond: 100, atOnce: 3 },
  )
  await Promise.all(Array.from({ length: 40 }, (_, i) => spool.defer('listing', i)))
  const began = performance.now()
  db.set(FULL)
  await until('all applied', () => spool.counts().applied === 40)
  // 40 at 100 a second take 400 ms, less what a late timer makes up for.
  assert.ok(performance.now() - began >= 300)
  assert.ok(most <= 3)
})

test('two lives on one file apply nothing twice and keep the order: one of them has the turn, and gives it when it closes', async () => {
  const old = world()
  await old.spool.defer('listing', 0, { key: 'k0', line: 'l' })
  old.db.set(FULL)
  await until('the old one has applied', () => old.spool.counts().applied === 1)
  const young = world({}, { file: old.file })
  young.db.set(FULL)
  for (let i = 1; i < 10; i++) await (i % 2 ? old : young).spool.defer('listing', i, { key: `k${i}`, line: 'l' })
  await until('all applied', () => old.spool.counts().applied === 10)
  assert.deepEqual(
    old.applied.map(([, body]) => body),
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
  )
  assert.deepEqual(young.applied, [])
  await old.spool[Symbol.asyncDispose]()
  await young.spool.defer('listing', 10, { key: 'k10', line: 'l' })
  await until('the young one applies', () => young.applied.length === 1)
})

test('what a life left waiting, the next one applies; what its code does not know any more is a dead letter', async () => {
  const first = world()
  await first.spool.defer('listing', 1, { key: 'kept' })
  await first.spool[Symbol.asyncDispose]()
  await assert.rejects(first.spool.defer('listing', 2), { code: 'SELFHEAL_SPOOL_CLOSED' })
  const db = settableNeed('database', FULL)
  const next = spool({ file: first.file, kinds: { other: { apply: () => {} } }, when: db })
  open.push(next)
  await until('it ended', () => next.counts().pending === 0)
  assert.match(next.find('kept')!.reason!, /No kind listing/)
})

test('money and stock are refused where they are declared, with all other faults', () => {
  assert.throws(
    () =>
      spool({
        file: join(folder, 'never.db'),
        when: settableNeed('n', FULL),
        most: 0,
        kinds: { pay: { apply: () => {}, moves: 'money' }, take: { apply: () => {}, moves: 'stock' } },
      }),
    error => isConfigError(error) && error.faults.length === 3 && /can't wait/.test(error.message),
  )
})

test('the answer is 202 with a place to look it up', async () => {
  const { spool } = world()
  const { answer, handler } = deferred(spool)
  const { status, headers } = answer(await spool.defer('listing', 1, { key: 'a b/c'.replaceAll(' ', '-') }))
  assert.deepEqual([status, headers['location']], [202, '/selfheal/deferred/a-b%2Fc'])
  const ask = (url: string) => {
    let said = { status: 0, body: '' }
    const response = {
      writeHead: (status: number) => void (said = { ...said, status }),
      end: (body: string) => void (said = { ...said, body }),
    }
    return handler({ url, method: 'GET' } as never, response as never) ? said : undefined
  }
  assert.equal(JSON.parse(ask('/selfheal/deferred/a-b%2Fc')!.body).state, 'pending')
  assert.equal(ask('/selfheal/deferred/nope')!.status, 404)
  assert.equal(ask('/selfheal/deferred/%')!.status, 404)
  assert.equal(ask('/selfheal/modes'), undefined)
})
