import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createEvents } from '../core/index.ts'
import type { Supervisor } from '../supervisor/index.ts'
import { relayHints } from './hints.ts'

function world() {
  const events = createEvents()
  const asked: string[] = []
  const handle = (fails = false) => ({
    node: true,
    async ask({ path, verb, args }: { path: string; verb: string; args: { args: unknown } }) {
      asked.push(`${verb} ${path}`)
      assert.deepEqual(args.args, { doubted: true }, 'one miss is enough there')
      if (fails) throw new Error('no such part')
      return null
    },
  })
  const rows = [
    { id: 'web#1', state: 'running', child: { handle: handle() } },
    { id: 'web#2', state: 'running', child: { handle: handle() } },
    { id: 'worker', state: 'running', child: { handle: handle(true) } },
    { id: 'database', state: 'running', child: { handle: { node: false } } },
    { id: 'late', state: 'waiting' },
  ]
  relayHints({ name: 'shop', tree: () => ({ whichChildren: () => rows }) as unknown as Supervisor, events })
  const down = (path: string) => events.emit('dependency.down', path, { kind: 'postgres', why: 'refused' })
  const back = (path: string) => events.emit('dependency.back', path, { kind: 'postgres', state: 'up', afterMs: 1, probes: 2 })
  return { asked, down, back, events }
}

test('what one process finds down, the others look at, each for itself', () => {
  const w = world()
  w.down('shop/web#1/db')
  assert.deepEqual(w.asked, ['probe shop/web#2/db', 'probe shop/worker/db'])
})

test('those that say it is down are not asked again, until it is back or their life has ended', () => {
  const w = world()
  w.down('shop/web#1/db')
  w.down('shop/web#2/db')
  assert.deepEqual(w.asked.slice(2), ['probe shop/worker/db'])
  w.back('shop/web#1/db')
  w.down('shop/web#2/db')
  assert.deepEqual(w.asked.slice(3), ['probe shop/web#1/db', 'probe shop/worker/db'])
})

test('what belongs to no program here is nobody’s hint', () => {
  const w = world()
  w.down('elsewhere/db')
  assert.deepEqual(w.asked, [])
})
