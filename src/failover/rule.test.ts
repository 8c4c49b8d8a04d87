import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Attempt, AttemptState, Intent } from './intent.ts'
import { keyLives, next, type Promises, provesNotDone, type Situation } from './rule.ts'

const T = 1_000_000
const keyed: Promises = { keyTtlMs: 3_600_000, settlesMs: 60_000, looks: true, replaysErrors: true }
const keyless: Promises = { keyTtlMs: 0, settlesMs: 60_000, looks: true, replaysErrors: false }
const blind: Promises = { keyTtlMs: 0, settlesMs: 60_000, looks: false, replaysErrors: false }
const honest: Promises = { keyTtlMs: 3_600_000, settlesMs: 60_000, looks: false, replaysErrors: false }

const at = (provider: string, state: AttemptState, ago = 1_000): Attempt => ({
  provider,
  key: `${provider}-key`,
  state,
  at: T - ago,
  until: T - ago + 500,
  endedAt: T - ago + 400,
})
const intent = (attempts: readonly Attempt[], more: Partial<Intent> = {}): Intent => ({
  v: 1, failover: 'payments', key: 'order-1', operation: 'charge', params: { amount: 1 }, print: 'p', state: 'open', attempts, tries: 0, owed: false, audit: false, twice: [], madeAt: T - 5_000, ...more,
}) // biome-ignore format: a table
const situation = (more: Partial<Situation> = {}, promises: Record<string, Promises> = { a: keyed, b: keyless }): Situation => ({
  now: T, promises: name => promises[name], order: ['a', 'b'], done: { sends: 0, again: 0, looks: 0 }, run: 'waited', ...more,
}) // biome-ignore format: a table

const rows: readonly [says: string, Intent, Situation, string][] = [
  ['a new intent goes to the first provider', intent([]), situation(), 'send a'],
  ['what was not sent goes on to the next provider at once', intent([at('a', 'not_sent')]), situation({ done: { sends: 1, again: 0, looks: 0 } }), 'send b'],
  ['when no provider took it, it ends as not done', intent([at('a', 'not_sent'), at('b', 'not_sent')]), situation({ done: { sends: 2, again: 0, looks: 0 } }), 'end not_done'],
  ['asked for once more later, it begins anew', intent([at('a', 'not_sent'), at('b', 'not_sent')]), situation(), 'send a'],
  ['unknown stays with its provider: the same key again', intent([at('a', 'unknown')]), situation(), 'again a'],
  ['a try that nobody ended is unknown too', intent([at('a', 'sent')]), situation(), 'again a'],
  ['a provider that says its errors again is looked up after one more try', intent([at('a', 'unknown')]), situation({ done: { sends: 2, again: 1, looks: 0 } }), 'look a'],
  ['one without a look-up is asked three times', intent([at('a', 'unknown')]), situation({ done: { sends: 3, again: 2, looks: 0 } }, { a: honest }), 'again a'],
  ['and then parked, never given to another', intent([at('a', 'unknown')]), situation({ done: { sends: 4, again: 3, looks: 0 } }, { a: honest, b: keyless }), 'park'],
  ['a provider without keys is never sent it twice, but looked up', intent([at('b', 'unknown')]), situation(), 'look b'],
  ['found nowhere yet, it is parked', intent([at('b', 'unknown')]), situation({ done: { sends: 1, again: 0, looks: 2 } }), 'park'],
  ['one unknown among many not-sents holds it', intent([at('a', 'not_sent'), at('b', 'unknown'), at('a', 'not_sent')]), situation(), 'look b'],
  ['proved not done, it may go on', intent([at('a', 'not_done')]), situation({ done: { sends: 1, again: 0, looks: 1 } }), 'send b'],
  ['a key near its end is never sent again: it is looked up', intent([at('a', 'unknown', 3_590_000)]), situation(), 'look a'],
  ['without a look-up either, a person must look', intent([at('a', 'unknown', 3_590_000)]), situation({ run: 'background' }, { a: honest }), 'end unresolved'],
  ['neither key nor look-up: a person must look', intent([at('c', 'unknown')]), situation({ run: 'background' }, { c: blind }), 'end unresolved'],
  ['in the background a lost try is asked again first', intent([at('a', 'sent')]), situation({ run: 'background' }), 'again a'],
  ['what was asked again already is looked up first', intent([at('a', 'unknown'), at('a', 'unknown')]), situation({ run: 'background' }), 'look a'],
  ['and asked again when look-ups have not told for long', intent([at('a', 'unknown'), at('a', 'unknown')], { tries: 9 }), situation({ run: 'background' }), 'again a'],
  ['one step a look, then it waits', intent([at('a', 'unknown')]), situation({ run: 'background', done: { sends: 1, again: 1, looks: 0 } }), 'park'],
  ['nobody waits any more: proved not done, it ends', intent([at('a', 'not_done')]), situation({ run: 'background' }), 'end not_done'],
  ['left to the reconciler, it is tried until one takes it', intent([at('a', 'not_sent')]), situation({ run: 'background', patient: true, done: { sends: 1, again: 0, looks: 0 } }), 'send b'],
  ['and waits when none did', intent([at('a', 'not_sent'), at('b', 'not_sent')]), situation({ run: 'background', patient: true, done: { sends: 2, again: 0, looks: 0 } }), 'park'],
  ['a provider that was taken out is not even asked', intent([at('a', 'unknown')]), situation({}, { a: { ...keyed, closed: true }, b: keyless }), 'park'],
  ['one that is no longer configured neither', intent([at('z', 'unknown')]), situation(), 'park'],
  ['what is done is the answer', intent([at('a', 'ok')], { state: 'ok' }), situation(), 'answer'],
  ['what is declined is the answer, and goes nowhere else', intent([at('a', 'declined')], { state: 'declined' }), situation(), 'answer'],
  ['duplicates tolerated: unknown goes on as well', intent([at('a', 'unknown')]), situation({ duplicates: 'tolerated', done: { sends: 1, again: 0, looks: 0 } }), 'send b'],
] // biome-ignore format: a table

for (const [says, one, s, want] of rows)
  test(says, () => {
    const step = next(one, s)
    const told = step.do === 'end' ? `end ${step.as}` : 'provider' in step ? `${step.do} ${step.provider}` : step.do
    assert.equal(told, want)
  })

test('no order of answers ever sends to a second provider while the first may have done it', () => {
  const states: readonly AttemptState[] = ['sent', 'unknown', 'not_sent', 'not_done']
  for (const first of states)
    for (const second of states)
      for (const run of ['waited', 'background'] as const)
        for (const patient of [true, false]) {
          const step = next(
            intent([at('a', first), at('a', second)]),
            situation({ run, patient, done: { sends: 2, again: 0, looks: 0 } }),
          )
          const open = [first, second].some(state => state === 'sent' || state === 'unknown')
          if (open) assert.notEqual(step.do === 'send' && step.provider, 'b', `${first}, ${second}, ${run}`)
        }
})

test('a key lives nine tenths of its time, less an hour at most, less what its last try takes to settle', () => {
  const day = { ...keyed, keyTtlMs: 86_400_000 }
  const aged = (ms: number) => keyLives(intent([at('a', 'unknown', ms)]), 'a', day, T)
  assert.equal(aged(86_400_000 - 3_661_000), true)
  assert.equal(aged(86_400_000 - 3_659_000), false)
  assert.equal(keyLives(intent([at('a', 'unknown', 950)]), 'a', { ...keyed, keyTtlMs: 1_000 }, T), false)
  assert.equal(keyLives(intent([at('a', 'unknown')]), 'a', keyless, T), false)
})

test('found nowhere proves nothing before the last try has ended and settled', () => {
  const two = intent([at('a', 'unknown', 100_000), at('a', 'unknown', 60_000)])
  assert.equal(provesNotDone(two, 'a', keyed, T), false)
  assert.equal(provesNotDone(two, 'a', keyed, T + 1_000), true)
})
