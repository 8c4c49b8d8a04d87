import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { type TestContext, test } from 'node:test'
import { type Clock, createEvents, type Event, type EventId, type Level } from '../core/index.ts'
import { manualClock } from '../testing/index.ts'
import type { Entry } from './entry.ts'
import { type Journal, journal } from './journal.ts'
import { readJournal } from './read-journal.ts'

const events = createEvents()

function place(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'selfheal-journal-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  return join(folder, 'journal.db')
}

function reading(t: TestContext, file: string) {
  const reader = readJournal(file)
  t.after(() => reader.close())
  return reader
}

function open(t: TestContext, file: string, more: { clock?: Clock } = {}): { log: Journal; told: Event[] } {
  const own = createEvents()
  const told: Event[] = []
  own.on('*', event => told.push(event))
  const log = journal({ file, events: own, ...more })
  t.after(() => log.close())
  return { log, told }
}

let n = 0
const event = (
  name: string,
  more: { because?: EventId; data?: unknown; level?: Level; source?: string; wall?: number } = {},
): Event =>
  ({
    v: 1,
    id: `test.${++n}`,
    name,
    source: 'shop/web',
    at: n,
    wall: 1_000 + n,
    level: 'info',
    data: {},
    ...more,
  }) as unknown as Event

const names = (entries: readonly Entry[]) => entries.map(entry => entry.name)

/** Until `is`, by the real clock: threads and disks have no other. */
async function until(is: () => boolean) {
  while (!is()) await new Promise(resolve => setTimeout(resolve, 5))
}

test('what happened is there afterwards, as it was told, with and without a supervisor', async t => {
  const file = place(t)
  const { log } = open(t, file)
  const undo = events.on('*', log.append)
  const first = events.emit('selfheal.dropped', 'here', { count: 1 }, { level: 'alarm' })
  const second = events.emit('selfheal.dropped', 'there', { count: 2 }, { because: first })
  undo()
  const entries = await log.query()
  assert.deepEqual(
    entries.map(({ id, source, level, because, data }) => ({ id, source, level, because, data })),
    [
      { id: first, source: 'here', level: 'alarm', because: undefined, data: { count: 1 } },
      { id: second, source: 'there', level: 'info', because: first, data: { count: 2 } },
    ],
  )
  await log.close()
  const reader = reading(t, file)
  assert.deepEqual(await reader.query(), entries)
  assert.equal(statSync(file).mode & 0o777, 0o600)
})

test('a question finds what it asks for', async t => {
  const { log } = open(t, place(t))
  log.append(event('supervisor.child_exited', { level: 'warn', wall: 10, source: 'shop/web' }))
  log.append(event('supervisor.child_started', { wall: 20, source: 'shop/web/db' }))
  log.append(event('program.ready', { wall: 30, source: 'shop/web2' }))
  log.append(event('program.hung', { wall: 40, level: 'alarm', source: 'shop' }))
  const ask = async (query: Parameters<Journal['query']>[0]) => names(await log.query(query))
  assert.deepEqual(await ask({ since: 20, until: 40 }), ['supervisor.child_started', 'program.ready'])
  assert.deepEqual(await ask({ source: 'shop/web' }), ['supervisor.child_exited', 'supervisor.child_started'])
  assert.deepEqual(await ask({ name: 'program.*' }), ['program.ready', 'program.hung'])
  assert.deepEqual(await ask({ name: 'program.ready' }), ['program.ready'])
  assert.deepEqual(await ask({ level: 'warn' }), ['supervisor.child_exited', 'program.hung'])
  assert.deepEqual(await ask({ limit: 2 }), ['program.ready', 'program.hung'])
  const [first] = await log.query()
  assert.deepEqual(await ask({ afterRow: first!.row, limit: 2 }), ['supervisor.child_started', 'program.ready'])
  await assert.rejects(log.query({ limit: 0, colour: 'blue' } as never), /colour unknown.*limit/)
})

test('why something happened is told from its first sign on, with all that came of it', async t => {
  const { log } = open(t, place(t))
  const cause = event('program.hung')
  const exit = event('supervisor.child_exited', { because: cause.id })
  const start = event('supervisor.child_started', { because: exit.id })
  const other = event('selfheal.dropped', { because: cause.id })
  for (const one of [event('program.ready'), exit, cause, start, other]) log.append(one)
  const why = await log.why(start.id)
  assert.deepEqual(names(why!.chain), ['program.hung', 'supervisor.child_exited', 'supervisor.child_started'])
  assert.deepEqual(names(why!.incident).toSorted(), [
    'program.hung',
    'selfheal.dropped',
    'supervisor.child_exited',
    'supervisor.child_started',
  ])
  assert.deepEqual(await log.query({ incident: other.id }), why!.incident)
  assert.equal(await log.why('nowhere.1'), undefined)
})

test('causes in a circle end', async t => {
  const { log } = open(t, place(t))
  const one = event('a', { because: `test.${n + 2}` })
  log.append(one)
  log.append(event('b', { because: one.id }))
  assert.equal((await log.why(one.id))!.chain.length, 2)
})

test('an event that is none, or that can not be written, harms no other', async t => {
  const { log } = open(t, place(t))
  const circle: { me?: unknown } = {}
  circle.me = circle
  for (const bad of [null, undefined, 7, {}, { id: 1 }]) log.append(bad as never)
  log.append(event('circle', { data: circle }))
  log.append(event('large', { data: { text: 'x'.repeat(3_000_000) } }))
  log.append(event('big', { data: { at: 1n } }))
  log.append(event('good'))
  assert.deepEqual(names(await log.query()), ['circle', 'large', 'big', 'good'])
  assert.equal(log.stats().refused, 5)
})

test('an event that comes twice is kept once', async t => {
  const { log } = open(t, place(t))
  const one = event('once')
  log.append(one)
  await log.flush()
  log.append(one)
  assert.deepEqual(names(await log.query()), ['once'])
})

test('no secret is written', async t => {
  const { log } = open(t, place(t))
  log.append(
    event('leak', {
      data: { url: 'postgres://shop:hunter2@db/x', env: { STRIPE_SECRET_KEY: 'hunter2' }, tail: 'DB_PASSWORD=hunter2' },
    }),
  )
  const [entry] = await log.query()
  assert.ok(!JSON.stringify(entry).includes('hunter2'), JSON.stringify(entry))
})

test('a journal that is no database is set aside, and that is an alarm', async t => {
  const file = place(t)
  writeFileSync(file, 'no database at all, but long enough to have what could be a header of a database file in it')
  const { log, told } = open(t, file)
  log.append(event('after'))
  assert.deepEqual(names(await log.query()), ['after'])
  assert.deepEqual(
    told.map(({ name, level }) => [name, level]),
    [['journal.set_aside', 'alarm']],
  )
  assert.ok(readdirSync(join(file, '..')).some(name => name.includes('.broken-')))
})

test('a journal removed or replaced while it is written is begun anew', async t => {
  const file = place(t)
  const { log } = open(t, file)
  log.append(event('before'))
  await log.flush()
  rmSync(join(file, '..'), { recursive: true })
  log.append(event('removed'))
  assert.deepEqual(names(await log.query()), ['removed'])
  renameSync(file, `${file}.old`)
  log.append(event('renamed'))
  assert.deepEqual(names(await log.query()), ['renamed'])
  assert.equal(log.stats().failing, undefined)
})

test('a journal that another holds locked is written when it is free; meanwhile that is said', async t => {
  const file = place(t)
  const clock = manualClock()
  const { log, told } = open(t, file, { clock })
  log.append(event('first'))
  await clock.advance(50)
  await until(() => log.stats().written === 1)
  const other = new DatabaseSync(file)
  other.exec('BEGIN IMMEDIATE')
  log.append(event('second'))
  await clock.advance(50)
  await until(() => log.stats().failing !== undefined)
  assert.equal(log.stats().failing!.code, 'SELFHEAL_STORE_BUSY')
  assert.equal(log.stats().waiting, 1)
  other.exec('COMMIT')
  other.close()
  await clock.advance(250)
  await until(() => log.stats().written === 2)
  assert.equal(log.stats().failing, undefined)
  assert.deepEqual(
    told.map(({ name }) => name),
    ['journal.failing', 'journal.recovered'],
  )
  const closed = log.close()
  await until(() => !existsSync(`${file}-wal`))
  await closed
})

test('a journal that can not be written keeps what matters most, and says how much was lost', async t => {
  const file = place(t)
  const folder = join(file, '..')
  rmSync(folder, { recursive: true })
  writeFileSync(folder, 'a file where the folder should be')
  const clock = manualClock()
  const { log } = open(t, file, { clock })
  log.append(event('first'))
  await clock.advance(50)
  await until(() => log.stats().failing !== undefined)
  for (let i = 0; i < 10_000; i++) log.append(event('noise', { level: 'debug', wall: clock.wall() }))
  for (let i = 0; i < 10; i++) log.append(event('trouble', { level: 'alarm' }))
  assert.equal(log.stats().dropped, 10)
  rmSync(folder)
  await clock.advance(30_000)
  await until(() => log.stats().waiting === 0)
  const reader = reading(t, file)
  assert.equal((await reader.query({ name: 'trouble' })).length, 10)
  assert.deepEqual(
    (await reader.query({ name: 'selfheal.dropped' })).map(({ data }) => data),
    [{ count: 10 }],
  )
  assert.equal((await reader.query({ limit: 10_000, name: 'noise' })).length, 9_990)
})

test('what is appended after the end is counted as lost', async t => {
  const { log } = open(t, place(t))
  await log.close()
  log.append(event('late'))
  assert.equal(log.stats().dropped, 1)
  await assert.rejects(log.query(), /closed/)
})

test('a journal that is not there is told, with what to do', t => {
  const file = place(t)
  assert.throws(() => readJournal(file), /There is no journal yet/)
})

test('impossible options are refused together', t => {
  assert.throws(() => journal({ file: '', keepFor: 'soon' as never, keepRows: 1, colour: 1 } as never), /4 faults/)
  assert.ok(place(t))
})
