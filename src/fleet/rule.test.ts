import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as rule from './rule.ts'

const free = rule.leaseOf(null)

test('a lease is one machine’s until it runs out, and each taking has a higher token', () => {
  const a = rule.claimed(free, 'a', 100, 10)!
  assert.deepEqual(a, { holder: 'a', token: 1, until: 110 })
  assert.equal(rule.claimed(a, 'b', 109, 10), undefined)
  assert.deepEqual(rule.claimed(a, 'a', 109, 10), { holder: 'a', token: 1, until: 119 }, 'renewed')
  assert.deepEqual(rule.claimed(a, 'b', 110, 10), { holder: 'b', token: 2, until: 120 })
  assert.equal(rule.claimed(a, 'a', 110, 10)?.token, 2, 'one that ran out is a new one, also for who held it')
})

test('only its holder gives a lease back, and the token is never used again', () => {
  const a = rule.claimed(free, 'a', 0, 10)!
  assert.equal(rule.released(a, 'b', 1), undefined)
  assert.equal(rule.released(a, 'a', 0), undefined)
  const back = rule.released(a, 'a', 1)!
  assert.equal(rule.claimed(back, 'b', 1, 10)?.token, 2)
})

test('of ten machines one may restart, of a hundred ten, of one it itself', () => {
  assert.deepEqual([0, 1, 9, 10, 19, 20, 100, 1_000].map(rule.permitsFor), [1, 1, 1, 1, 1, 2, 10, 100])
})

test('never more than k permits are held; one that is given back or runs out is free', () => {
  const one = rule.granted(rule.permitsOf(null), 'a', 'reload', 0, 10, 2)!
  const two = rule.granted(one, 'b', 'reload', 1, 10, 2)!
  assert.equal(rule.granted(two, 'c', 'reload', 9, 10, 2), undefined)
  assert.equal(rule.granted(two, 'c', 'reload', 10, 10, 2)?.held.length, 2, 'a’s has run out')
  const back = rule.givenBack(two, 'b', 2)!
  assert.deepEqual(
    rule.granted(back, 'c', 'leak', 2, 10, 2)?.held.map(p => `${p.node}${p.token}`),
    ['a1', 'c3'],
  )
})

test('a machine has one permit, and one that has run out is not renewed', () => {
  const one = rule.granted(rule.permitsOf(null), 'a', 'reload', 0, 10, 1)!
  assert.deepEqual(rule.granted(one, 'a', 'leak', 5, 10, 1)?.held, [{ node: 'a', what: 'leak', token: 1, until: 15 }])
  assert.equal(rule.renewed(one, 'a', 1, 5, 10)?.held[0]?.until, 15)
  assert.equal(rule.renewed(one, 'a', 1, 10, 10), undefined)
  assert.equal(rule.renewed(one, 'a', 2, 5, 10), undefined)
  assert.equal(rule.givenBack(one, 'b', 1), undefined)
})

test('a fleet is sick when more than half of it is sick or lost', () => {
  const sick = (alive: number, ill: number, lost = 0) => rule.mostlySick({ alive, sick: ill, lost })
  assert.deepEqual(
    [sick(10, 5), sick(10, 6), sick(1, 1), sick(4, 0, 5), sick(5, 0, 5), sick(0, 0)],
    [false, true, true, true, false, false],
  )
})

test('hints count from three machines on, and only when they are half of all', () => {
  assert.deepEqual(rule.agreed({ db: 2 }, 2), [])
  assert.deepEqual(rule.agreed({ db: 3, mail: 2 }, 6), ['db'])
  assert.deepEqual(rule.agreed({ db: 3 }, 7), [])
})

test('a force that was ended is remembered as ended; the oldest ends are forgotten', () => {
  const force = { target: 'features/sell', verb: 'off', args: null, by: 'ann', why: 'x', since: 1 }
  let forces = rule.withForce(rule.withForce(rule.forcesOf(null), 'sell', force), 'sell', null)
  assert.deepEqual({ ...forces }, { sell: null })
  for (let i = 0; i < 150; i++) forces = rule.withForce(forces, `f${i}`, i === 3 ? force : null)
  assert.equal(Object.values(forces).filter(one => one === null).length, 100)
  assert.equal(forces['f3'], force)
})

test('one decision an epoch', () => {
  const none = rule.decisionOf(null)
  const first = rule.decided(none, 0, 'braintree', 'a', 'stripe is down')!
  assert.equal(first.epoch, 1)
  assert.equal(rule.decided(first, 0, 'stripe', 'b', 'late'), undefined)
})

test('the last fifty builds are judged', () => {
  let verdicts = rule.verdictsOf(null)
  for (let i = 0; i < 60; i++) verdicts = rule.withVerdict(verdicts, `b${i}`, { bad: i % 2 === 0, by: 'a', why: '' })
  assert.equal(Object.keys(verdicts).length, 50)
  assert.equal(verdicts['b58']?.bad, true)
})
