import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createEvents } from '../core/index.ts'
import { manualClock } from '../testing/index.ts'
import type { Adapter } from './adapter.ts'
import { dependency } from './dependency.ts'

test('a sibling finds it down: one probe that is missed here is enough, one that passes changes nothing', async () => {
  let works = true
  let drops = 0
  const adapter: Adapter<object> = {
    kind: 'fake',
    judge: () => ({ ran: 'yes', blame: 'none' }),
    facade: () => ({}),
    async probe() {
      if (!works) throw new Error('not there')
      return 'up'
    },
    async drop() {
      drops++
      return 3
    },
    admit() {},
    settings: () => [],
  }
  const made = (name: string) => dependency(adapter, { name, clock: manualClock(), events: createEvents() })
  const probed = (one: ReturnType<typeof made>, args: object | null) =>
    one.heal.verbs!['probe']!(args as never, { by: 'shop/web', why: 'it finds it down' })
  const hinted = made('hinted')
  await probed(hinted, { doubted: true })
  assert.equal(hinted.heal.reading().state, 'up')
  works = false
  await probed(hinted, { doubted: true })
  assert.deepEqual([hinted.heal.reading().state, drops], ['down', 1])

  const asked = made('asked')
  await probed(asked, null)
  assert.notEqual(asked.heal.reading().state, 'down')
  for (const one of [hinted, asked]) one.heal[Symbol.dispose]()
})
