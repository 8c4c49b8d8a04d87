import assert from 'node:assert/strict'
import { test } from 'node:test'
import { manualClock } from '../testing/index.ts'
import { refusedPort } from './refused-port.ts'

function watched() {
  const clock = manualClock()
  const told: string[] = []
  const port = refusedPort(clock, key => told.push(key))
  return { port, clock, told }
}

test('a life that was refused its port and goes on without any is told of once', async () => {
  const { port, clock, told } = watched()
  port.refused('[::]:3000')
  assert.deepEqual([told, port.key], [[], '[::]:3000'], 'it may try another')
  port.refused('[::]:3000')
  await clock.advance(60_000)
  assert.deepEqual(told, ['[::]:3000'])
})

test('one that took another port, has one already, or ended, is not', async () => {
  for (const then of ['listening', 'cancel'] as const) {
    const { port, clock, told } = watched()
    port.refused('[::]:3000')
    port[then]()
    await clock.advance(60_000)
    assert.deepEqual(told, [], then)
  }
  const { port, clock, told } = watched()
  port.listening()
  port.refused('[::]:3000')
  await clock.advance(60_000)
  assert.deepEqual(told, [])
})
