import assert from 'node:assert/strict'
import { test } from 'node:test'
import { cellsOf, machinesOf, type Part, rowOf, toneOf } from './facts.ts'

const part = (kind: string, snapshot: unknown, more: Partial<Part> = {}): Part => ({
  path: 'shop/app/one',
  kind,
  snapshot,
  verbs: [],
  ...more,
})

test('each kind of part is read as a name, a state, how well that is, and why', () => {
  const cause = { code: 'DOWN', says: 'connection refused', since: 1 }
  for (const [kind, snapshot, state, tone, says] of [
    ['program', { state: 'ready', restarts: 0, since: 5 }, 'ready', 'well', ''],
    [
      'program',
      { state: 'crash-looping', restarts: 6, lastExit: { says: 'exited with code 1' } },
      'crash-looping',
      'bad',
      'restarted 6 times; last: exited with code 1',
    ],
    [
      'component',
      { state: 'stopped', last: { says: 'ended by itself', reason: 'normal' } },
      'done',
      'off',
      'last: ended by itself',
    ],
    ['dependency', { state: 'down', causes: [cause] }, 'down', 'bad', 'connection refused'],
    ['feature', { mode: 'readonly', causes: [{ ...cause, by: 'Ada' }] }, 'read-only', 'busy', 'connection refused (set by Ada)'],
    ['feature', { mode: 'off', causes: [] }, 'off', 'bad', ''],
    [
      'failover',
      { state: 'on north', pending: 2, providers: [{ name: 'south', state: 'down', says: 'timed out' }] },
      'on north',
      'busy',
      'south is down: timed out; 2 not decided yet',
    ],
    ['failover', { state: 'on north', providers: [{ name: 'south', state: 'up' }] }, 'on north', 'well', ''],
    [
      'breaker',
      {
        cells: [
          { key: 'a', state: 'closed' },
          { key: 'b', state: 'open' },
        ],
      },
      'open',
      'bad',
      '',
    ],
    ['guard', { breaker: { cells: [{ key: 'a', state: 'half_open' }] } }, 'half_open', 'busy', ''],
    ['system', { state: '/srv/shop/.selfheal' }, 'running', 'well', ''],
  ] as const) {
    const { name, since: _, ...row } = rowOf(part(kind, snapshot))
    assert.deepEqual({ name, ...row }, { name: 'one', state, tone, says }, `${kind} ${state}`)
  }
  assert.deepEqual(rowOf(part('x', null, { failed: 'no snapshot today' })).says, 'no snapshot today')
})

test('whatever a snapshot holds, it is read without a throw', () => {
  const strange = [
    null,
    1,
    'text',
    [],
    [[]],
    {},
    { causes: 'x', providers: {}, cells: [null, 1], state: 7, since: 'now', last: [] },
  ]
  for (const kind of ['program', 'component', 'dependency', 'feature', 'failover', 'breaker', 'guard', 'something new'])
    for (const snapshot of strange) {
      const row = rowOf(part(kind, snapshot))
      assert.equal(typeof row.state, 'string')
      assert.ok(Array.isArray(cellsOf(part(kind, snapshot))))
    }
})

test('a state that nobody has heard of is no good news', () => {
  assert.equal(toneOf('exploded'), 'bad')
  assert.equal(toneOf('on stripe'), 'well')
})

test('a fleet’s machines: the lost and sick first, each with what it holds; whatever came, nothing throws', () => {
  const answer = [
    { node: 'a', sick: false, lost: false, ageMs: 300 },
    { node: 'b', sick: true, lost: false, ageMs: 900 },
    { node: 'c', sick: false, lost: true, ageMs: 60_000 },
  ]
  const snapshot = {
    node: 'a',
    singletons: [{ name: 'report', node: 'a' }],
    permits: [
      { node: 'a', what: 'reload' },
      { node: 'b', what: 'leak' },
    ],
  }
  assert.deepEqual(
    machinesOf(answer, snapshot).map(one => [one.name, one.state, one.tone, one.ageMs, one.holds]),
    [
      ['b', 'sick', 'bad', 900, 'permit: leak'],
      ['c', 'lost', 'bad', 60_000, ''],
      ['a (this one)', 'well', 'well', 300, 'report, permit: reload'],
    ],
  )
  for (const odd of [undefined, null, 7, 'x', {}, [null], [{}]]) assert.ok(machinesOf(odd, odd).length <= 1)
})
