import assert from 'node:assert/strict'
import { test } from 'node:test'
import { any, atLeast, createEvents, type Event, isConfigError, type Reading, settableNeed } from '../core/index.ts'
import { manualClock } from '../testing/index.ts'
import { type FeatureOptions, feature, memoryOverrides, modes } from './index.ts'

const FULL: Reading = { usable: 'full', state: 'up', causes: [], since: 0 }
const READ: Reading = {
  usable: 'read',
  state: 'readonly',
  causes: [{ code: 'PG_READONLY', says: 'a standby answers', since: 5 }],
  since: 5,
}
const NONE: Reading = {
  usable: 'none',
  state: 'down',
  causes: [{ code: 'PG_DOWN', says: 'connect ECONNREFUSED 10.0.0.5:5432', since: 7 }],
  since: 7,
}

function world(options: Partial<FeatureOptions> = {}) {
  const clock = manualClock()
  const events = createEvents({ clock })
  const heard: Event[] = []
  events.on('*', event => heard.push(event))
  const db = settableNeed('database', FULL)
  const overrides = memoryOverrides()
  const sell = feature('sell', { needs: [db], otherwise: 'readonly', clock, events, overrides, ...options })
  return { clock, heard, db, overrides, sell }
}
const names = (heard: readonly Event[]) => heard.map(event => event.name)

test('it is on while its needs are full, read-only while they can be read, and as declared when they are gone', () => {
  const { db, sell } = world()
  assert.equal(sell.mode(), 'on')
  assert.equal(sell.reading().usable, 'full')
  db.set(READ)
  assert.deepEqual([sell.mode(), sell.reading().usable], ['readonly', 'read'])
  db.set(NONE)
  assert.equal(sell.mode(), 'readonly')

  const buy = world({ otherwise: 'off' })
  buy.db.set(NONE)
  assert.deepEqual([buy.sell.mode(), buy.sell.reading().usable], ['off', 'none'])
  const unsaid = feature('x', { needs: [settableNeed('n', NONE)] })
  assert.equal(unsaid.mode(), 'off', 'the default is off')
})

test('what only reads is not touched by a database that can only be read', () => {
  const { db, sell } = world({ onlyReads: true, otherwise: 'off' })
  db.set(READ)
  assert.equal(sell.mode(), 'on')
  db.set(NONE)
  assert.equal(sell.mode(), 'off')
})

test('a dependency is a need by its heal; needs can be any of several, k of several, and another feature', () => {
  const [a, b, c] = ['a', 'b', 'c'].map(name => settableNeed(name, FULL)) as [
    ReturnType<typeof settableNeed>,
    ReturnType<typeof settableNeed>,
    ReturnType<typeof settableNeed>,
  ]
  const pay = feature('pay', { needs: [any(a, b)] })
  const most = feature('most', { needs: [atLeast(2, a, b, c)] })
  const buy = feature('buy', { needs: [pay, { heal: c }] })
  a.set(NONE)
  assert.deepEqual([pay.mode(), most.mode(), buy.mode()], ['on', 'on', 'on'])
  b.set(NONE)
  assert.deepEqual([pay.mode(), most.mode(), buy.mode()], ['off', 'off', 'off'])
  assert.deepEqual(
    buy.reading().causes.map(cause => cause.says),
    [NONE.causes[0]!.says],
    'the cause is told once',
  )
})

test('it knows since when, why, and when it is expected back', async () => {
  const { clock, db, sell } = world()
  await clock.advance(1_000)
  db.set({ ...NONE, backAt: clock.wall() + 4_000 })
  await clock.advance(2_000)
  const { since, causes, backAt } = sell.reading()
  assert.deepEqual([since, backAt], [clock.wall() - 2_000, clock.wall() + 2_000])
  assert.deepEqual(causes, [{ from: 'database', shown: 'the database can’t be reached just now', ...NONE.causes[0] }])
})

test('a need that tells no cause is named as the cause', () => {
  const { db, sell } = world()
  db.set({ ...NONE, causes: [] })
  assert.match(sell.reading().causes[0]!.says, /database is not there/)
})

test('it comes back after two good looks, keeps its causes until then, and tells each change once, with the time it took', async () => {
  const { clock, heard, db, sell } = world()
  db.set(NONE)
  await clock.advance(3_000)
  db.set(FULL)
  assert.equal(sell.mode(), 'readonly')
  assert.equal(sell.reading().causes.length, 1, 'why is still told')
  assert.equal(sell.reading().backAt, clock.wall() + 500)
  await clock.advance(499)
  assert.equal(sell.mode(), 'readonly')
  await clock.advance(1)
  assert.equal(sell.mode(), 'on')
  assert.deepEqual(sell.reading().causes, [])
  assert.deepEqual(
    heard.map(event => [event.name, event.level, (event.data as { to: string }).to, (event.data as { afterMs: number }).afterMs]),
    [
      ['feature.changed', 'warn', 'readonly', 0],
      ['feature.changed', 'info', 'on', 3_500],
    ],
  )
  assert.equal(clock.pending(), 0, 'nothing is looked for while all is well')
})

test('a dip between two looks begins the way back anew', async () => {
  const { clock, db, sell } = world({ back: { after: 3 } })
  db.set(NONE)
  db.set(FULL)
  await clock.advance(600)
  db.set(NONE)
  db.set(FULL)
  await clock.advance(600)
  assert.equal(sell.mode(), 'readonly')
  await clock.advance(400)
  assert.equal(sell.mode(), 'on')
})

test('with a write to try, only writes that work bring it back; one that fails, is late, or says no begins the count again', async () => {
  const answers: (() => Promise<unknown>)[] = [
    async () => true,
    async () => {
      throw new Error('cannot execute INSERT in a read-only transaction')
    },
    async () => false,
    () => new Promise(() => {}),
    async () => undefined,
    async () => undefined,
  ]
  let tried = 0
  const { clock, db, sell } = world({ back: { probe: () => answers[tried++]!(), within: '1s' } })
  db.set(NONE)
  assert.equal(tried, 0)
  db.set(FULL)
  await clock.advance(0)
  assert.equal(tried, 1)
  await clock.advance(500)
  await clock.advance(500)
  await clock.advance(500)
  assert.equal(tried, 4, 'the one that hangs')
  assert.equal(sell.mode(), 'readonly')
  await clock.advance(1_000)
  await clock.advance(500)
  assert.equal(tried, 5)
  await clock.advance(500)
  assert.equal(tried, 6)
  assert.equal(sell.mode(), 'on')
})

test('one that comes and goes is held, says why, and is back when it has been quiet', async () => {
  const { clock, heard, db, sell } = world({ back: { most: 2, in: '60s' } })
  for (let i = 0; i < 3; i++) {
    db.set(NONE)
    db.set(FULL)
    await clock.advance(600)
  }
  assert.equal(sell.mode(), 'readonly')
  assert.equal(names(heard).filter(name => name === 'feature.held').length, 1)
  assert.match(sell.reading().causes.at(-1)!.says, /came and went/)
  assert.ok(sell.reading().backAt! > clock.wall() + 50_000)
  await clock.advance(60_000)
  assert.equal(sell.mode(), 'on')
})

test('several causes at once: recovery never clears an operator’s, and an operator’s end never hides an outage', async () => {
  const { clock, db, sell } = world()
  await sell.verbs!['off']!(null, { by: 'ada', why: 'migration' })
  db.set(NONE)
  assert.equal(sell.mode(), 'off')
  assert.deepEqual(
    sell.reading().causes.map(cause => [cause.by, cause.says]),
    [
      ['ada', 'migration'],
      [undefined, NONE.causes[0]!.says],
    ],
  )
  db.set(FULL)
  await clock.advance(60_000)
  assert.equal(sell.mode(), 'off', 'well again, and still the operator’s')
  db.set(NONE)
  await sell.verbs!['on']!(null, { by: 'ada', why: 'done' })
  assert.equal(sell.mode(), 'readonly')
  db.set(FULL)
  await clock.advance(1_000)
  assert.equal(sell.mode(), 'on')
})

test('an operator’s mode ends at its time, not before and not by itself without one', async () => {
  const { clock, overrides, sell } = world()
  await sell.verbs!['readonly']!(null, { by: 'ada', why: 'migration', until: clock.wall() + 30 * 60_000 })
  await clock.advance(30 * 60_000 - 1)
  assert.deepEqual([sell.mode(), sell.reading().backAt], ['readonly', clock.wall() + 1])
  await clock.advance(1)
  assert.equal(sell.mode(), 'on')
  overrides.set('sell', { mode: 'off', by: 'ada', why: 'for good', since: clock.wall() })
  await clock.advance(365 * 86_400_000)
  assert.deepEqual([sell.mode(), sell.reading().backAt], ['off', undefined])
})

test('an operator can only lower a feature', async () => {
  const { db, sell } = world({ otherwise: 'off' })
  db.set(NONE)
  await sell.verbs!['readonly']!(null, { by: 'ada', why: 'x' })
  assert.equal(sell.mode(), 'off')
})

test('a clock that is set back or forward moves nothing of the way back', async () => {
  const { clock, db, sell } = world()
  db.set(NONE)
  clock.stepWall(-86_400_000)
  db.set(FULL)
  await clock.advance(500)
  assert.equal(sell.mode(), 'on')
})

test('a job waits for it, is refused when it is told to wait no longer, and is never run half', async () => {
  const { clock, db, sell } = world()
  assert.equal(await sell.run(() => 7), 7)
  db.set(NONE)
  await assert.rejects(
    sell.run(() => assert.fail('not run')),
    (error: { code: string; ran: string; retryAfterMs?: number }) => error.code === 'SELFHEAL_FEATURE_OFF' && error.ran === 'no',
  )
  assert.equal(await sell.run(() => assert.fail('not run'), { otherwise: () => 'later' }), 'later')
  let ran = 0
  const waits = sell.run(() => ++ran, { otherwise: 'wait' })
  const late = assert.rejects(sell.wait({ atMost: '10s' }), { code: 'SELFHEAL_FEATURE_OFF' })
  const given = new AbortController()
  const gone = assert.rejects(sell.wait({ signal: given.signal }), /enough/)
  given.abort(new Error('enough'))
  await gone
  await clock.advance(10_000)
  await late
  assert.equal(ran, 0)
  db.set(FULL)
  await clock.advance(1_000)
  assert.equal(await waits, 1)
  assert.equal(clock.pending(), 0)
})

test('impossible options are refused together', () => {
  assert.throws(
    () =>
      feature('9 lives', {
        needs: [{} as never],
        otherwise: 'on' as never,
        back: { after: 0, every: 'soon' as never },
        colour: 1,
      } as never),
    error => isConfigError(error) && error.faults.length === 6,
  )
})

test('closed, it looks no more and leaves no timer', async () => {
  const { clock, db, sell } = world()
  db.set(NONE)
  db.set(FULL)
  sell.close()
  assert.equal(clock.pending(), 0)
  db.set(NONE)
  assert.equal(sell.mode(), 'readonly')
})

test('the whole app lowers every feature but those that only read, and names who did it', async () => {
  const clock = manualClock()
  const all = modes({ clock })
  const db = settableNeed('database', FULL)
  const sell = all.feature('sell', { needs: [db], otherwise: 'readonly' })
  const browse = all.feature('browse', { needs: [], onlyReads: true })
  await all.app.verbs!['readonly']!(null, { by: 'ada', why: 'migration' })
  assert.deepEqual([all.app.mode(), sell.mode(), browse.mode()], ['readonly', 'readonly', 'on'])
  assert.equal(sell.reading().causes[0]!.by, 'ada')
  await all.app.verbs!['off']!(null, { by: 'ada', why: 'closed' })
  assert.deepEqual([sell.mode(), browse.mode()], ['off', 'off'])
  await all.app.verbs!['on']!(null, { by: 'ada', why: 'done' })
  assert.deepEqual([sell.mode(), browse.mode()], ['on', 'on'], 'at once: an operator’s end needs no looks')
  assert.throws(() => all.feature('sell', { needs: [] }), isConfigError)
  assert.throws(() => all.feature('app', { needs: [] }), isConfigError)
})
