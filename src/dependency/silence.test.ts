import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createEvents } from '../core/index.ts'
import { manualClock } from '../testing/index.ts'
import { type Adapter, dependency } from './index.ts'
import { silence } from './silence.ts'

test('silent: time ran out, and nobody was answered since', () => {
  let timeouts = 0
  const silent = silence(() => timeouts)
  assert.equal(silent(false), false, 'nobody asks')
  timeouts = 2
  assert.equal(silent(true), false, 'others are answered')
  assert.equal(silent(false), false)
  timeouts = 3
  assert.equal(silent(false), true)
  assert.equal(silent(false), true, 'until somebody is')
  assert.equal(silent(true), false)
})

const never = new Promise<never>(() => {})
async function hang({ answered }: { readonly answered: boolean }) {
  const clock = manualClock()
  let hangs = false
  let n = 0
  const adapter: Adapter<{ ask(): Promise<unknown> }> = {
    kind: 'scripted',
    judge: answer => ('error' in answer ? { ran: 'maybe', blame: 'them' } : { ran: 'yes', blame: 'none' }),
    facade: run => ({ ask: () => run(async () => (hangs && !(answered && n++ % 2 === 0) ? never : 1), { deadline: '500ms' }) }),
    probe: () => (hangs ? never : Promise.resolve('up')),
    drop: async () => 0,
    admit() {},
    size: 100,
    settings: () => [],
  }
  const db = dependency(adapter, { name: 'db', clock, events: createEvents({ clock }) })
  const load = async (ms: number) => {
    for (let at = 0; at < ms && db.heal.reading().usable === 'full'; at += 100) {
      db.ask().catch(() => {})
      await clock.advance(100)
    }
  }
  await load(12_000)
  hangs = true
  const since = clock.now()
  await load(4_000)
  const { usable } = db.heal.reading()
  db.heal[Symbol.dispose]()
  return { usable, afterMs: clock.now() - since }
}

test('a hang is noticed by callers of 500 ms, long before any call is slow or half of them failed', async () => {
  const { usable, afterMs } = await hang({ answered: false })
  assert.equal(usable, 'none')
  assert.ok(afterMs <= 2_500, `${afterMs} ms`)
})

test('callers in a hurry beside others that are answered are no outage', async () => {
  assert.equal((await hang({ answered: true })).usable, 'full')
})
