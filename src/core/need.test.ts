import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { currentFrame, runInFrame } from './ambient.ts'
import { all, any, atLeast, type Cause, type Need, type Reading, settableNeed, type Usable, usableRank } from './need.ts'

const cause = (code: string): Cause => ({ code, says: `${code} is the matter`, since: 5 })
const reading = (usable: Usable, state: string = usable, ...codes: readonly string[]): Reading => ({
  usable,
  state,
  causes: codes.map(cause),
  since: 5,
})
const fixed = (usable: Usable, name = 'n') => settableNeed(name, reading(usable, usable, ...(usable === 'full' ? [] : [name])))
const usable = fc.constantFrom<Usable>('none', 'read', 'full')
const some = fc.array(usable, { maxLength: 6 })
const rank = (need: Need) => usableRank(need.reading().usable)
const ranks = (list: readonly Usable[]) => list.map(usableRank)

test('a need tells its owner’s reading, and its watchers each change once', () => {
  const db = settableNeed('db', reading('full', 'unknown'))
  const seen: string[] = []
  const undo = db.watch((now, before) => seen.push(`${before.state} → ${now.state}`))
  db.set(reading('full', 'up'))
  db.set(reading('full', 'up'))
  db.set(reading('none', 'down', 'refused'))
  db.set({ ...reading('none', 'down', 'refused'), since: 99 })
  db.set(reading('none', 'down', 'refused', 'stopped by hand'))
  undo()
  undo()
  db.set(reading('full', 'up'))
  assert.deepEqual(seen, ['unknown → up', 'up → down', 'down → down'])
  assert.equal(db.reading().state, 'up')
})

test('a watcher that throws fails neither the owner nor the other watchers', () => {
  const db = settableNeed('db', reading('full'))
  let told = 0
  db.watch(() => {
    throw new Error('a fault of its own')
  })
  db.watch(() => told++)
  db.set(reading('none'))
  assert.equal(told, 1)
})

test('watchers run in no request’s context', () => {
  const db = settableNeed('db', reading('full'))
  const frames: unknown[] = []
  db.watch(() => frames.push(currentFrame()))
  runInFrame({ owner: 'shop/web' }, () => db.set(reading('none')))
  assert.deepEqual(frames, [undefined])
})

test('a watcher undone while a change is being told hears no more', () => {
  const db = settableNeed('db', reading('full'))
  let told = 0
  db.watch(() => undo())
  const undo = db.watch(() => told++)
  db.set(reading('none'))
  assert.equal(told, 0)
})

test('when a watcher sets the need again, everyone is told last what is true last', () => {
  const db = settableNeed('db', reading('full'))
  const seen: string[] = []
  db.watch(now => {
    if (now.usable === 'none') db.set(reading('read'))
  })
  db.watch((now, before) => seen.push(`${before.usable} → ${now.usable}`))
  db.set(reading('none'))
  assert.deepEqual(seen, ['full → none', 'none → read'])
})

test('all is the worst, any the best, at least k the k-th best', () => {
  fc.assert(
    fc.property(some, fc.nat(7), (list, k) => {
      const needs = list.map(one => fixed(one))
      assert.equal(rank(all(...needs)), Math.min(2, ...ranks(list)))
      assert.equal(rank(any(...needs)), Math.max(0, ...ranks(list)))
      const kth = ranks(list).sort((a, b) => b - a)[k - 1]
      assert.equal(rank(atLeast(k, ...needs)), k === 0 ? 2 : (kth ?? 0))
    }),
  )
})

test('needs form a lattice: order, grouping and repetition do not matter, and each absorbs the other', () => {
  fc.assert(
    fc.property(usable, usable, usable, (x, y, z) => {
      const [a, b, c] = [fixed(x, 'a'), fixed(y, 'b'), fixed(z, 'c')]
      for (const join of [all, any]) {
        assert.equal(rank(join(a, b)), rank(join(b, a)))
        assert.equal(rank(join(a, join(b, c))), rank(join(join(a, b), c)))
        assert.equal(rank(join(a, a)), rank(a))
      }
      assert.equal(rank(all(a, any(a, b))), rank(a))
      assert.equal(rank(any(a, all(a, b))), rank(a))
      assert.equal(rank(all(a, any(b, c))), rank(any(all(a, b), all(a, c))))
    }),
  )
})

test('asking for more of the needs never makes it more usable, and a need that gets well never makes it less', () => {
  fc.assert(
    fc.property(fc.array(usable, { minLength: 1, maxLength: 6 }), fc.nat(5), fc.nat(6), (list, at, k) => {
      const needs = list.map(one => fixed(one))
      assert.ok(rank(atLeast(k + 1, ...needs)) <= rank(atLeast(k, ...needs)))
      const before = rank(atLeast(k, ...needs))
      needs[at % needs.length]!.set(reading('full'))
      assert.ok(rank(atLeast(k, ...needs)) >= before)
    }),
  )
})

test('a composed need names the causes of those below full, and none when it is full', () => {
  const [db, mail, search] = [fixed('none', 'db'), fixed('read', 'mail'), fixed('full', 'search')]
  const codes = (need: Need) => need.reading().causes.map(one => one.code)
  assert.deepEqual(codes(all(db, mail, search)).sort(), ['db', 'mail'])
  assert.deepEqual(codes(any(db, mail, search)), [])
  assert.deepEqual(codes(atLeast(2, db, mail, search)).sort(), ['db', 'mail'])
  assert.equal(all(db, search).name, 'db and search')
  assert.equal(any(db, search).name, 'db or search')
  assert.equal(atLeast(2, db, mail, search).name, '2 of db, mail, search')
})

test('a composed need says when it is expected back, when the one it waits for says so', () => {
  const db = settableNeed('db', { ...reading('none'), backAt: 700 })
  assert.equal(all(db, fixed('full')).reading().backAt, 700)
  assert.equal('backAt' in any(db, fixed('full')).reading(), false)
})

test('watching a composed need tells its own changes only', () => {
  const [db, mail] = [settableNeed('db', reading('full')), settableNeed('mail', reading('full'))]
  const seen: string[] = []
  const undo = any(db, mail).watch((now, before) => seen.push(`${before.usable} → ${now.usable}`))
  db.set(reading('none', 'down', 'db'))
  mail.set(reading('read', 'slow', 'mail'))
  db.set(reading('full'))
  undo()
  db.set(reading('none', 'down', 'db'))
  assert.deepEqual(seen, ['full → read', 'read → full'])
})

test('watching a composed need tells a change of state under the same causes', () => {
  const db = settableNeed('db', reading('none', 'down', 'db'))
  const seen: string[] = []
  all(db).watch(now => seen.push(now.state))
  db.set(reading('none', 'probing', 'db'))
  assert.deepEqual(seen, ['probing'])
})

test('one need in two places of a composition tells its change once', () => {
  const db = settableNeed('db', reading('full'))
  let told = 0
  all(db, any(db, fixed('none')), db).watch(() => told++)
  db.set(reading('none', 'down', 'db'))
  assert.equal(told, 1)
})
