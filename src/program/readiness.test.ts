import assert from 'node:assert/strict'
import { test } from 'node:test'
import { manualClock } from '../testing/index.ts'
import { type ReadyWhen, readiness } from './readiness.ts'

function started(when: ReadyWhen | undefined, node: boolean, heldKeys: readonly string[], byShell = false) {
  const clock = manualClock()
  const state = readiness({ when, node, byShell, heldKeys, clock })
  let by: string | undefined
  state.ready.then(how => {
    by = how
  })
  return { ...state, clock, by: () => by }
}

test('a Node program with held ports is ready when it listens on all of them', async () => {
  const { listening, clock, by } = started(undefined, true, ['a', 'b'])
  listening('a', true)
  listening('elsewhere', false)
  await clock.advance(5_000)
  assert.equal(by(), undefined)
  listening('b', true)
  await clock.advance(0)
  assert.equal(by(), 'listening')
})

test('without a held port a Node program is ready when it listens, or says itself that it boots no more', async () => {
  const boots = started(undefined, true, [])
  boots.greeted()
  await boots.clock.advance(29_000)
  assert.equal(boots.by(), undefined, 'however long that takes')
  boots.settled()
  await boots.clock.advance(0)
  assert.equal(boots.by(), 'settled')
})

test('where no Node process says anything, or one command follows another, time has to do', async () => {
  const silent = started(undefined, true, [])
  await silent.clock.advance(14_999)
  assert.equal(silent.by(), undefined)
  await silent.clock.advance(1)
  assert.equal(silent.by(), 'alive')
  const chain = started(undefined, true, [], true)
  chain.greeted()
  await chain.clock.advance(14_999)
  assert.equal(chain.by(), undefined)
  await chain.clock.advance(1)
  assert.equal(chain.by(), 'alive')
})

test('without a held port the first listen, or for other languages a second of life, is ready', async () => {
  const listens = started(undefined, true, [])
  listens.listening('[::]:3000', true)
  await listens.clock.advance(0)
  assert.equal(listens.by(), 'listening')
  const lives = started(undefined, false, ['a'])
  await lives.clock.advance(999)
  assert.equal(lives.by(), undefined)
  await lives.clock.advance(1)
  assert.equal(lives.by(), 'alive')
})

test('told to wait for its word, it waits for nothing else', async () => {
  const { listening, said, clock, by } = started('line', true, ['a'])
  listening('a', true)
  await clock.advance(60_000)
  assert.equal(by(), undefined)
  said()
  await clock.advance(0)
  assert.equal(by(), 'line')
})
