import assert from 'node:assert/strict'
import { test } from 'node:test'
import { manualClock } from '../testing/index.ts'
import { watchElsewhere } from './elsewhere.ts'

function watched(held: readonly string[]) {
  const clock = manualClock()
  const missing = new Set(held)
  const told: string[] = []
  const one = watchElsewhere(
    clock,
    () => [...missing],
    (_, says) => told.push(says),
  )
  const listening = (key: string) => {
    const own = missing.delete(key)
    one.listening(key, own)
  }
  return { ...one, listening, clock, told }
}

test('a life on another port than the held one is told of once, with what to do', async () => {
  const { listening, clock, told, says } = watched(['[::]:3377'])
  assert.equal(says(), undefined)
  listening('[::]:3388')
  listening('[::]:9000')
  await clock.advance(60_000)
  assert.deepEqual(told, ['listens on 3388, but port 3377 is held: put PORT back to 3377, or stop selfheal and run it again'])
  assert.equal(says(), told[0])
})

test('one more port beside the held one is no fault, whichever comes first; nor is it when it ended meanwhile', async () => {
  for (const order of [
    ['[::]:9000', '[::]:3377'],
    ['[::]:3377', '[::]:9000'],
  ]) {
    const { listening, clock, told, says } = watched(['[::]:3377'])
    for (const key of order) listening(key)
    await clock.advance(60_000)
    assert.deepEqual([told, says()], [[], undefined])
  }
  const { listening, cancel, clock, told } = watched(['[::]:3377'])
  listening('[::]:3388')
  cancel()
  await clock.advance(60_000)
  assert.deepEqual(told, [])
})

test('an address that PORT does not make is named whole', async () => {
  const { listening, says } = watched(['unix:/run/shop.sock'])
  listening('127.0.0.1:3388')
  assert.match(says()!, /^listens on 127\.0\.0\.1:3388, but .*: let it listen on unix:\/run\/shop\.sock again, or stop selfheal/)
})
