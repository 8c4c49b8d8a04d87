import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createEvents } from '../../core/index.ts'
import { manualClock } from '../../testing/index.ts'
import { breaker } from '../index.ts'

const WHO = { by: 'fleet', why: 'most others are open' }
const made = () => {
  const clock = manualClock()
  return breaker({ name: 'db', calls: 10, clock, events: createEvents({ clock }) })
}
const calls = async (b: ReturnType<typeof made>, bad: number, good: number) => {
  for (let i = 0; i < good; i++) await b.run(() => 1).catch(() => {})
  for (let i = 0; i < bad; i++) await b.run(() => Promise.reject(new Error('broken'))).catch(() => {})
}

test('told that others have opened, it does not open by itself, but at half of what it takes otherwise', async () => {
  const [calm, wary] = [made(), made()]
  await wary.verbs!['wary']!(null, WHO)
  assert.equal(wary.state(), 'closed')
  for (const b of [calm, wary]) await calls(b, 2, 3)
  assert.equal(calm.state(), 'closed')
  assert.equal(wary.state(), 'open')
})

test('at ease again, it takes as much as before', async () => {
  const b = made()
  await b.verbs!['wary']!(null, WHO)
  await b.verbs!['at-ease']!(null, WHO)
  await calls(b, 4, 5)
  assert.equal(b.state(), 'closed')
  await calls(b, 2, 0)
  assert.equal(b.state(), 'open')
})
