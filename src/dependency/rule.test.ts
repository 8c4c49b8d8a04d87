import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Effect, FIGURES, first, next, type Seen, type State, shareOf } from './rule.ts'

const middle = () => 0.5
/** Plays what was seen, each at its time; gives the last state, and all effects told as words. */
function play(seen: readonly (readonly [number, Seen])[], from: State = first(0)): { state: State; did: string[] } {
  const did: string[] = []
  let state = from
  for (const [now, what] of seen) {
    const { state: after, effects } = next(state, what, now, FIGURES, middle)
    did.push(...effects.map(word))
    state = after
  }
  return { state, did }
}
const word = (effect: Effect) => (effect.does === 'probe' ? `probe in ${effect.inMs}` : effect.does)
const opened: Seen = { is: 'opened', why: 'half of the calls failed' }
const missed: Seen = { is: 'missed', why: 'refused' }
const up: Seen = { is: 'probed', found: 'up' }
const readonly: Seen = { is: 'probed', found: 'readonly' }

const table: readonly {
  readonly says: string
  readonly seen: readonly (readonly [number, Seen])[]
  readonly is: State['is']
  readonly did: readonly string[]
}[] = [
  { says: 'before any evidence it is unknown', seen: [], is: 'unknown', did: [] },
  { says: 'a good answer makes it up', seen: [[1, { is: 'served' }]], is: 'up', did: [] },
  { says: 'an opened breaker makes it down at once', seen: [[1, opened]], is: 'down', did: ['drop', 'probe in 1000'] },
  {
    says: 'told twice, it drops once',
    seen: [
      [1, opened],
      [2, opened],
    ],
    is: 'down',
    did: ['drop', 'probe in 1000'],
  },
  { says: 'one missed probe is no outage', seen: [[1, missed]], is: 'unknown', did: ['probe in 1000'] },
  {
    says: 'two missed probes are',
    seen: [
      [1, missed],
      [2, missed],
    ],
    is: 'down',
    did: ['probe in 1000', 'drop', 'probe in 1000'],
  },
  {
    says: 'a call served between two misses',
    seen: [
      [1, missed],
      [2, { is: 'served' }],
      [3, missed],
    ],
    is: 'up',
    did: ['probe in 1000', 'probe in 1000'],
  },
  {
    says: 'one good probe is no recovery',
    seen: [
      [1, opened],
      [2, up],
    ],
    is: 'down',
    did: ['drop', 'probe in 1000', 'probe in 1000'],
  },
  {
    says: 'two good probes are',
    seen: [
      [1, opened],
      [2, up],
      [3, up],
    ],
    is: 'up',
    did: ['drop', 'probe in 1000', 'probe in 1000', 'return', 'probe in 5000'],
  },
  {
    says: 'good, bad, good is no recovery',
    seen: [
      [1, opened],
      [2, up],
      [3, missed],
      [4, up],
    ],
    is: 'down',
    did: ['drop', 'probe in 1000', 'probe in 1000', 'probe in 1000', 'probe in 1000'],
  },
  {
    says: 'one that comes back as a standby is read-only',
    seen: [
      [1, opened],
      [2, readonly],
      [3, readonly],
    ],
    is: 'readonly',
    did: ['drop', 'probe in 1000', 'probe in 1000', 'return', 'probe in 1000'],
  },
  {
    says: 'a refused write is looked into at once, and believed from the probe',
    seen: [
      [1, { is: 'doubted' }],
      [2, readonly],
    ],
    is: 'readonly',
    did: ['probe in 0', 'probe in 1000'],
  },
  {
    says: 'writable again: after two probes, on new connections',
    seen: [
      [1, readonly],
      [2, up],
      [3, up],
    ],
    is: 'up',
    did: ['probe in 1000', 'probe in 1000', 'recycle', 'probe in 5000'],
  },
  {
    says: 'a read-only one can fall too',
    seen: [
      [1, readonly],
      [2, opened],
    ],
    is: 'down',
    did: ['probe in 1000', 'drop', 'probe in 1000'],
  },
  {
    says: 'slow, and no more',
    seen: [
      [1, { is: 'slow' }],
      [2, { is: 'fast' }],
    ],
    is: 'up',
    did: [],
  },
  {
    says: 'calls are late and a probe is missed: two signs are enough',
    seen: [
      [1, { is: 'late' }],
      [2, { is: 'late' }],
      [900, missed],
    ],
    is: 'down',
    did: ['probe in 0', 'drop', 'probe in 1000'],
  },
  {
    says: 'calls are late and a probe passes: it is only slow',
    seen: [
      [1, { is: 'late' }],
      [2, up],
      [3, missed],
    ],
    is: 'up',
    did: ['probe in 0', 'probe in 5000', 'probe in 1000'],
  },
  {
    says: 'what is down is not slow',
    seen: [
      [1, opened],
      [2, { is: 'slow' }],
    ],
    is: 'down',
    did: ['drop', 'probe in 1000'],
  },
  {
    says: 'slow, then opened',
    seen: [
      [1, { is: 'slow' }],
      [2, opened],
    ],
    is: 'down',
    did: ['drop', 'probe in 1000'],
  },
  {
    says: 'a late good answer of a call does not bring back what is down',
    seen: [
      [1, opened],
      [2, { is: 'served' }],
    ],
    is: 'down',
    did: ['drop', 'probe in 1000'],
  },
]
for (const { says, seen, is, did } of table)
  test(says, () => {
    const played = play(seen)
    assert.equal(played.state.is, is)
    assert.deepEqual(played.did, did)
  })

test('one that falls again soon after it came back must show more, up to a cap; one that stayed well need not', () => {
  const fallAndReturn = (state: State, at: number) => {
    let { state: s } = next(state, opened, at, FIGURES, middle)
    const { needed } = s
    for (let i = 1; i <= needed; i++) s = next(s, up, at + i, FIGURES, middle).state
    assert.equal(s.is, 'up')
    return { s, needed }
  }
  let at = 0
  let state = first(0)
  const needed: number[] = []
  for (const gap of [0, 100, 100, 100, 100, FIGURES.relapseMs + 1]) {
    at += gap
    const back = fallAndReturn(state, at)
    needed.push(back.needed)
    state = back.s
    at += 10
  }
  assert.deepEqual(needed, [2, 3, 4, 4, 4, 2])
})

test('probes while down are spread, so that fifty processes do not ask together', () => {
  const waits = [0, 0.5, 0.999].map(chance => {
    const { effects } = next(first(0), opened, 0, FIGURES, () => chance)
    return Math.round(effects.flatMap(e => (e.does === 'probe' ? [e.inMs] : []))[0]!)
  })
  assert.deepEqual(waits, [800, 1_000, 1_200])
})

test('down nothing is let in; back, the share rises from a tenth to all', () => {
  const { state: down } = play([[0, opened]])
  assert.equal(shareOf(down, 1), 0)
  const { state: back } = play([
    [0, opened],
    [1, up],
    [1_000, up],
  ])
  assert.deepEqual(
    [1_000, 2_500, 4_000, 9_000].map(now => Number(shareOf(back, now).toFixed(2))),
    [0.1, 0.55, 1, 1],
  )
  assert.equal(shareOf(first(0), 0), 1)
})
