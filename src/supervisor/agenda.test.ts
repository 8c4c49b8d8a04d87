import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { manualClock } from '../testing/index.ts'
import { agenda, type Due } from './agenda.ts'

test('what is due is done in the order of its time, then of its entry, whatever is dropped meanwhile', async () => {
  const entry = fc.record({ ms: fc.integer({ min: 0, max: 20_000 }), dropped: fc.boolean() })
  await fc.assert(
    fc.asyncProperty(fc.array(entry, { maxLength: 60 }), async entries => {
      const clock = manualClock()
      const it = agenda(clock)
      const done: number[] = []
      const dues: Due[] = entries.map(({ ms }, i) => it.in(ms, () => done.push(i)))
      entries.forEach(({ dropped }, i) => {
        if (dropped) it.drop(dues[i])
      })
      await clock.advance(20_000)
      const expected = entries
        .map(({ ms, dropped }, i) => ({ ms, dropped, i }))
        .filter(({ dropped }) => !dropped)
        .sort((a, b) => a.ms - b.ms || a.i - b.i)
      assert.deepEqual(
        done,
        expected.map(({ i }) => i),
      )
      assert.equal(clock.pending(), 0)
    }),
    { numRuns: 30 },
  )
})

test('it keeps one timer, and none when nothing is due', () => {
  const clock = manualClock()
  const it = agenda(clock)
  const dues = [3_000, 1_000, 2_000].map(ms => it.in(ms, () => {}))
  assert.equal(clock.pending(), 1)
  for (const due of dues) it.drop(due)
  assert.equal(clock.pending(), 0)
})

test('a timer that comes too early does nothing early', async () => {
  const clock = manualClock()
  const early = { ...clock, after: (ms: number, fn: () => void) => clock.after(ms / 2, fn) }
  const it = agenda(early)
  const at: number[] = []
  it.in(1_000, () => at.push(clock.now()))
  await clock.advance(999)
  assert.deepEqual(at, [])
  await clock.advance(1)
  assert.equal(at.length, 1)
})

test('a deadline whose timer was lost is kept at the next thing that is entered', async () => {
  const clock = manualClock()
  let lose = true
  const losing = {
    ...clock,
    after: (ms: number, fn: () => void) => (lose ? () => {} : clock.after(ms, fn)),
  }
  const it = agenda(losing)
  const done: string[] = []
  it.in(1_000, () => void done.push('lost'))
  lose = false
  await clock.advance(10_000)
  assert.equal(done.length, 0)
  it.in(50, () => void done.push('next'))
  await clock.advance(50)
  assert.deepEqual(done, ['lost', 'next'])
})

test('while something is due it looks every few seconds, so that a clock that jumped is found out soon', async () => {
  const clock = manualClock()
  let jumped = 0
  const jumping = { ...clock, now: () => clock.now() + jumped }
  const it = agenda(jumping)
  let done = false
  it.in(3_600_000, () => {
    done = true
  })
  await clock.advance(1)
  jumped = 3_600_000
  await clock.advance(5_000)
  assert.equal(done, true)
})
