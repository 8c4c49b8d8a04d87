import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createEvents } from '../core/index.ts'
import { manualClock, recordEvents, scripted } from './index.ts'

test('a scripted dependency does step after step, and the last one for ever', async () => {
  const clock = manualClock()
  const db = scripted(['down', { value: 1, afterMs: 50 }, { error: new Error('no') }, 'ok'], { clock })
  await assert.rejects(db.call(), { code: 'ECONNREFUSED' })
  const late = db.call()
  assert.equal(db.running(), 1)
  await clock.advance(50)
  assert.equal(await late, 1)
  await assert.rejects(db.call(), /no/)
  assert.deepEqual([await db.call(), await db.call(), db.calls(), db.running(), db.most()], ['ok', 'ok', 5, 0, 1])
})

test('a recorder keeps what was told, until it is stopped', () => {
  const events = createEvents()
  const told = recordEvents(events)
  events.emit('selfheal.dropped', 'a', { count: 1 })
  told.stop()
  events.emit('selfheal.dropped', 'a', { count: 2 })
  assert.deepEqual([told.names(), told.of('selfheal.dropped')], [['selfheal.dropped'], [{ count: 1 }]])
})
