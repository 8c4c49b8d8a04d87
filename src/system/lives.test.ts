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

test('what a refused new life met is told as its, and who was replaced for its memory was not asked to stop by anybody', () => {
  const events = createEvents()
  const lives = watchLives(events)
  const exited = (generation: number, reason: string) =>
    events.emit('program.exited', 'shop/web', { generation, pid: 1, reason, aliveMs: 1, tail: '', what: 'uncaught' })
  events.emit('program.ready', 'shop/web', { generation: 1, pid: 1, bootMs: 1, by: 'listening' })
  exited(2, 'error')
  assert.equal(lives.of('shop/web').lastExit?.says, 'the next life was refused (uncaught error)')
  assert.notEqual(lives.of('shop/web').readySince, undefined)
  events.emit('system.renewing', 'shop/web', { id: 'web', generation: 1, kind: 'memory' })
  events.emit('program.ready', 'shop/web', { generation: 3, pid: 1, bootMs: 1, by: 'listening' })
  exited(1, 'shutdown')
  assert.equal(lives.of('shop/web').lastExit?.says, 'replaced for its memory')
  lives.undo()
})
