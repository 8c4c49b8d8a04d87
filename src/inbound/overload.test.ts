// A spike in virtual time: an app behind admission and a guard, over something that does ten things of 100 ms at once. The same on a real app
// and a real PostgreSQL: npm run bench:overload.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Clock } from '../core/index.ts'
import { guard } from '../policy/index.ts'
import { manualClock } from '../testing/index.ts'
import { admission } from './admission.ts'

const quiet = { emit: () => '', relay: () => {}, on: () => () => {} }
const [SLOTS, WORK_MS, PATIENCE_MS] = [10, 100, 2_000]
const CAPACITY = (SLOTS * 1_000) / WORK_MS
const [LEAD_MS, SPIKE_MS, AFTER_MS] = [2_000, 8_000, 10_000]

function chances(seed: number): () => number {
  let state = seed
  return () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647
}

type Door = (query: () => Promise<void>) => Promise<void>

function ours(clock: Clock, chance: () => number): Door {
  const door = admission({ deadline: PATIENCE_MS, loop: false, clock, events: quiet })
  const database = guard({ name: 'database', timeout: '1s', limit: SLOTS, clock, events: quiet, random: chance })
  return query => door.run({ method: 'GET', url: '/', headers: {} }, () => database.run(query, { idempotent: true }))
}

function usual(clock: Clock, chance: () => number): Door {
  const after = (ms: number) => new Promise<void>(resolve => void clock.after(ms, resolve))
  const late = async () => {
    await after(1_000)
    throw new Error('timeout')
  }
  return async query => {
    for (let attempt = 1; ; attempt++)
      try {
        return await Promise.race([query(), late()])
      } catch (error) {
        if (attempt === 4) throw error
        await after(100 * 2 ** attempt * chance())
      }
  }
}

async function spike(factor: number, setup = ours) {
  const clock = manualClock()
  const chance = chances(factor * 7_919)
  const door = setup(clock, chances(factor))
  const count = { tried: 0, attempts: 0, inSpike: 0, after: 0, afterOk: 0 }
  let slowest = 0
  // What is sick answers in its own order, ten at a time, whatever anyone asks.
  let busy = 0
  const line: (() => void)[] = []
  const query = () => {
    count.attempts++
    return new Promise<void>(resolve => {
      const begin = () => {
        busy++
        clock.after(WORK_MS, () => {
          busy--
          resolve()
          line.shift()?.()
        })
      }
      if (busy < SLOTS) begin()
      else line.push(begin)
    })
  }
  const visit = async (due: number) => {
    const after = due >= LEAD_MS + SPIKE_MS + 5_000
    if (after) count.after++
    let tried = false
    const good = await door(() => {
      if (!tried) count.tried++
      tried = true
      return query()
    }).then(
      () => clock.now() - due <= PATIENCE_MS,
      () => false,
    )
    if (!good) return
    slowest = Math.max(slowest, clock.now() - due)
    if (after) count.afterOk++
    if (clock.now() >= LEAD_MS && clock.now() < LEAD_MS + SPIKE_MS) count.inSpike++
  }
  const all: Promise<void>[] = []
  for (let now = 0; now < LEAD_MS + SPIKE_MS + AFTER_MS; ) {
    const rate = now >= LEAD_MS && now < LEAD_MS + SPIKE_MS ? CAPACITY * factor : CAPACITY * 0.8
    const gap = (-Math.log(1 - chance()) * 1_000) / rate
    await clock.advance(gap)
    now += gap
    all.push(visit(now))
  }
  await clock.advance(20_000)
  await Promise.all(all)
  return {
    goodput: count.inSpike / ((CAPACITY * SPIKE_MS) / 1_000),
    attempts: count.attempts / count.tried,
    slowest,
    after: count.afterOk / count.after,
  }
}

for (const factor of [2, 3, 10])
  test(`at ${factor} times what it can do an app does what it can, and all is as before at once when it is over`, async () => {
    const { goodput, attempts, slowest, after } = await spike(factor)
    assert.ok(goodput >= 0.95, `${goodput} of what it can do`)
    assert.ok(attempts <= 1.1, `${attempts} attempts a request`)
    assert.ok(slowest <= PATIENCE_MS, `${slowest} ms`)
    assert.ok(after >= 0.98, `${after} well after it`)
  })

test('the usual timeout with three retries, in the same spike, goes down and stays down: the load is a real one', async () => {
  const { goodput, after } = await spike(3, usual)
  assert.ok(goodput < 0.3, `${goodput} of what it can do`)
  assert.ok(after < 0.1, `${after} well after it`)
})
