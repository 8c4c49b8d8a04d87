import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Figures, StrikeFigures } from './figures.ts'
import { checksOf, type Judged } from './verdict.ts'

const none = { requests: 0, p50: null, p99: null }
const struck: StrikeFigures = {
  life: { pid: 10, generation: 1 },
  atMs: 500,
  inFlight: 2,
  detectedMs: 10,
  backMs: 400,
  readyMs: 410,
  successor: { pid: 20, generation: 2 },
}
const good: Figures = {
  requests: 1_000,
  ok: 998,
  availability: 0.998,
  failed: { refused: 0, reset: 2, timeout: 0, '5xx': 0, '4xx': 0, other: 0, unsent: 0 },
  failedElsewhere: 0,
  slowestMs: 420,
  latency: { before: none, during: none, after: none },
  strikes: [struck],
  ownDelayMs: 3,
}
const judged = (figures: Partial<Figures> = {}, more: Partial<Judged> = {}): Judged => ({
  figures: { ...good, ...figures },
  scenario: { times: 1, promises: { backWithinMs: 5_000 } },
  after: { failed: 0, requests: 100 },
  arm: 'supervised',
  ...more,
})
const broken = (one: Judged) => checksOf(one).filter(check => !check.kept).map(check => check.promise) // biome-ignore format: one line

test('only what was in flight was lost, and it was back in time: every promise is kept', () =>
  assert.deepEqual(broken(judged()), []))

const cases: readonly (readonly [string, Judged, readonly string[]])[] = [
  ['one refused is one too many', judged({ failed: { ...good.failed, refused: 1 } }), ['none was refused']],
  ['one lost that was not in flight', judged({ failedElsewhere: 1 }), ['only requests in flight were lost']],
  ['back a millisecond late', judged({ strikes: [{ ...struck, backMs: 5_001 }] }), ['back within 5 s']],
  ['back just in time', judged({ strikes: [{ ...struck, backMs: 5_000 }] }), []],
  ['never answered again', judged({ strikes: [{ ...struck, backMs: null }] }), ['back within 5 s']],
  ['answers, but nobody says ready', judged({ strikes: [{ ...struck, readyMs: null }] }), ['back within 5 s']],
  ['ready late', judged({ strikes: [{ ...struck, readyMs: 6_000 }] }), ['back within 5 s']],
  ['the second of two never came back', judged({ strikes: [struck, { ...struck, backMs: null }] }, { scenario: { times: 2, promises: { backWithinMs: 5_000 } } }), ['back within 5 s']], // biome-ignore format: a table
  ['nothing was broken', judged({ strikes: [] }), ['it was broken as planned', 'back within 5 s']],
  ['broken once of three times', judged({}, { scenario: { times: 3, promises: { backWithinMs: 5_000 } } }), ['it was broken as planned']], // biome-ignore format: a table
  ['not all was sent', judged({ failed: { ...good.failed, unsent: 1 } }), ['every request was sent']],
  ['it fails still', judged({}, { after: { failed: 1, requests: 100 } }), ['the steady state is back']],
]
for (const [says, one, promises] of cases) test(`not kept: ${says}`, () => assert.deepEqual(broken(one), promises))

test('a promise that was kept has nothing to mend, one that was not says what', () => {
  for (const { kept, mend } of checksOf(judged({ failed: { ...good.failed, refused: 1 } }))) assert.equal(mend === null, kept)
})

test('the control arm sends nobody to mend what it is there to show', () => {
  const refused = { failed: { ...good.failed, refused: 9 } }
  const mendOf = (arm: Judged['arm']) => checksOf(judged(refused, { arm })).find(check => !check.kept)?.mend
  assert.match(mendOf('supervised') ?? '', /--port/)
  assert.match(mendOf('control') ?? '', /without --without/)
})
