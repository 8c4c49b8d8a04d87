import assert from 'node:assert/strict'
import { test } from 'node:test'
import { judgeMemory, memoryLimit, newWatch } from './memory.ts'

const MB = 1_048_576
const judge = (samples: readonly (readonly [number, number])[], limit = 100 * MB) => {
  const watch = newWatch()
  return samples.map(([now, rss]) => judgeMemory(watch, { rss: rss * MB }, limit, now)?.by)
}

test('two samples in a row over the limit are too much; one is a peak', () => {
  assert.deepEqual(
    judge([
      [0, 150],
      [2_000, 90],
      [4_000, 150],
      [6_000, 150],
    ]),
    [undefined, undefined, undefined, 'memory'],
  )
})

test('samples that come together count as one', () => {
  assert.deepEqual(
    judge([
      [0, 150],
      [100, 150],
      [1_000, 150],
      [2_000, 150],
    ]),
    [undefined, undefined, undefined, 'memory'],
  )
})

test("a JavaScript heap near V8's own limit is too much, however much the machine has", () => {
  const watch = newWatch()
  const sample = { rss: 60 * MB, heap: 47 * MB, heapLimit: 48 * MB }
  assert.equal(judgeMemory(watch, sample, 100 * MB, 0), undefined)
  assert.equal(judgeMemory(watch, sample, 100 * MB, 2_000)?.by, 'heap')
})

test('without a word it is a share of the machine; 0 is no limit', () => {
  assert.ok(memoryLimit(undefined) > 0 && Number.isFinite(memoryLimit(undefined)))
  assert.equal(memoryLimit(5), 5)
  assert.equal(memoryLimit(0), Number.POSITIVE_INFINITY)
})
