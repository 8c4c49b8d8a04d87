import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createEvents } from '../core/index.ts'
import { watchLives } from './lives.ts'

test('after a reload the new life has its uptime, though the old one ended later; without a new one nothing is up', () => {
  const events = createEvents()
  const lives = watchLives(events)
  const ready = (generation: number) =>
    events.emit('program.ready', 'shop/web', { generation, pid: 1, bootMs: 1, by: 'listening' })
  const exited = (generation: number) =>
    events.emit('program.exited', 'shop/web', { generation, pid: 1, reason: 'shutdown', aliveMs: 1, tail: '' })
  ready(1)
  ready(2)
  exited(1)
  assert.notEqual(lives.of('shop/web').readySince, undefined)
  assert.deepEqual([lives.of('shop/web').lastExit?.generation, lives.of('shop/web').lastExit?.says], [1, 'stopped as asked'])
  exited(2)
  assert.equal(lives.of('shop/web').readySince, undefined)
  lives.undo()
})
