import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Bar, isShed, NO_BAR, sampled } from './loop-gate.ts'

const after = (bar: Bar, samples: string) => [...samples].reduce((now, one) => sampled(now, one === 'l'), bar)

test('three late samples in a row shed one more priority, from the bottom; critical is never shed', () => {
  assert.equal(after(NO_BAR, 'll').shed, 0)
  assert.equal(after(NO_BAR, 'llgll').shed, 0)
  assert.equal(after(NO_BAR, 'lll').shed, 1)
  const one = after(NO_BAR, 'lll')
  assert.deepEqual(
    ['critical', 'default', 'sheddable', 'background'].map(p => isShed(one, p as 'critical')),
    [false, false, false, true],
  )
  const all = after(NO_BAR, 'l'.repeat(30))
  assert.equal(all.shed, 3)
  assert.equal(isShed(all, 'critical'), false)
  assert.equal(isShed(all, 'default'), true)
})

test('three good ones in a row let one priority in again', () => {
  const two = after(NO_BAR, 'l'.repeat(6))
  assert.equal(two.shed, 2)
  assert.equal(after(two, 'gg').shed, 2)
  assert.equal(after(two, 'ggg').shed, 1)
  assert.equal(after(two, 'g'.repeat(20)).shed, 0)
})
