import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Mode } from '../core/index.ts'
import { badLook, type FeatureState, firstState, isLower, look } from './rule.ts'

const RULE = { looks: 3, everyMs: 500, most: 2, inMs: 60_000 }

/** Each step: when, and what the needs allow (or that the write failed); then what it should be. */
const walk = (first: Mode, steps: readonly (readonly [number, Mode | 'bad', Mode, string?])[]) => {
  let state = firstState(first)
  for (const [now, seen, mode, says] of steps) {
    state = seen === 'bad' ? badLook(state, now, RULE) : look(state, seen, now, RULE)
    assert.equal(state.mode, mode, `${says ?? ''} at ${now}`)
  }
  return state
}

test('it goes down at once, by any number of steps', () => {
  walk('on', [
    [0, 'readonly', 'readonly'],
    [1, 'off', 'off'],
  ])
  walk('on', [[0, 'off', 'off']])
})

test('it comes back after so many good looks in a row, each a while after the last', () => {
  const state = walk('on', [
    [0, 'off', 'off'],
    [1_000, 'on', 'off', 'first good look'],
    [1_100, 'on', 'off', 'a change heard between two looks is no look'],
    [1_200, 'on', 'off'],
    [1_500, 'on', 'off', 'second'],
    [2_000, 'on', 'on', 'third'],
  ])
  assert.equal(state.lookAt, undefined)
})

test('a bad look begins the count again', () => {
  walk('off', [
    [0, 'on', 'off'],
    [500, 'on', 'off'],
    [700, 'off', 'off', 'down again'],
    [1_000, 'on', 'off'],
    [1_500, 'on', 'off'],
    [2_000, 'on', 'on'],
  ])
  walk('off', [
    [0, 'on', 'off'],
    [500, 'on', 'off'],
    [1_000, 'bad', 'off', 'the write failed'],
    [1_500, 'on', 'off'],
    [2_000, 'on', 'off'],
    [2_500, 'on', 'on'],
  ])
})

test('after a bad look it looks again by itself', () => {
  assert.equal(badLook(firstState('readonly'), 100, RULE).lookAt, 600)
})

test('what was worse for a moment on the way back is what it comes back to', () => {
  walk('off', [
    [0, 'on', 'off'],
    [500, 'readonly', 'off'],
    [1_000, 'on', 'readonly'],
  ])
})

test('it comes and goes only so often: then it waits until the oldest return is long ago, and says so', () => {
  let at = 0
  const bounce = (state: FeatureState) => {
    let next = look(state, 'off', (at += 100), RULE)
    for (let i = 0; i < 3; i++) next = look(next, 'on', (at += 500), RULE)
    return next
  }
  let state = firstState('on')
  state = bounce(state)
  assert.equal(state.mode, 'on')
  state = bounce(state)
  assert.equal(state.mode, 'on')
  const [oldest] = state.returns
  state = bounce(state)
  assert.deepEqual([state.mode, state.held, state.lookAt], ['off', true, oldest! + 60_000])
  state = look(state, 'on', oldest! + 59_999, RULE)
  assert.equal(state.held, true)
  for (const later of [60_000, 60_500, 61_000]) state = look(state, 'on', oldest! + later, RULE)
  assert.deepEqual([state.mode, state.held], ['on', false])
})

const anyMode = fc.constantFrom<Mode>('on', 'readonly', 'off')

test('it is never more than its needs allow, returns at most so often in any such while, and always has a next look while it is less', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(5_000), anyMode), { maxLength: 200 }), steps => {
      let now = 0
      let state = firstState('on')
      const returns: number[] = []
      for (const [wait, allowed] of steps) {
        now += wait
        const before = state.mode
        state = look(state, allowed, now, RULE)
        assert.ok(!isLower(allowed, state.mode), `${state.mode} while ${allowed} is allowed`)
        if (isLower(before, state.mode)) returns.push(now)
        if (isLower(state.mode, allowed)) assert.ok(state.lookAt! > now)
      }
      for (const at of returns) assert.ok(returns.filter(other => other >= at && other - at < RULE.inMs).length <= RULE.most)
    }),
  )
})

test('whatever was before, needs that stay good bring it back', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(5_000), anyMode), { maxLength: 50 }), steps => {
      let now = 0
      let state = firstState('off')
      for (const [wait, allowed] of steps) state = look(state, allowed, (now += wait), RULE)
      for (let i = 0; i < 10 && state.mode !== 'on'; i++) {
        now = Math.max(now, state.lookAt ?? now)
        state = look(state, 'on', now, RULE)
      }
      assert.equal(state.mode, 'on')
    }),
  )
})
