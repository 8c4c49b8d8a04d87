import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createEvents } from '../core/index.ts'
import { memory } from '../fleet/index.ts'
import { breaker } from '../policy/index.ts'
import { selfheal } from './selfheal.ts'

const until = async (what: string, is: () => boolean) => {
  const end = performance.now() + 60_000
  while (!is()) {
    assert.ok(performance.now() < end, `not within a minute: ${what}`)
    await new Promise(resolve => setTimeout(resolve, 10))
  }
}

test('two apps in one fleet: a force is done on both, a singleton runs on one and moves when its app goes', async t => {
  const engine = memory()
  const [one, two] = ['a', 'b'].map(node => {
    const heal = selfheal({ name: `shop-${node}`, events: createEvents() })
    return { heal, fleet: heal.fleet({ engine, name: 'shop', node, beat: 100 }) }
  }) as [Made, Made]
  for (const { heal } of [one, two]) t.after(() => heal[Symbol.asyncDispose]())
  type Made = { heal: ReturnType<typeof selfheal>; fleet: ReturnType<ReturnType<typeof selfheal>['fleet']> }
  const door = breaker({ name: 'fleet-test-door' })
  const running: string[] = []
  for (const { fleet } of [one, two])
    await fleet.only('report', async life => {
      running.push(`${fleet.node}${life.token}`)
      await new Promise(resolve => life.signal.addEventListener('abort', resolve, { once: true }))
    })
  await until('it runs', () => running.length > 0)
  await one.fleet.forces.set('policies/fleet-test-door', 'isolate', null, { by: 'ann', why: 'test' })
  await until('forced', () => door.state() === 'isolated')
  await two.fleet.forces.end('policies/fleet-test-door')
  await until('let go', () => door.state() === 'closed')
  const [holder, other] = running[0]!.startsWith('a') ? [one, two] : [two, one]
  assert.equal(running.length, 1)
  await holder.heal[Symbol.asyncDispose]()
  await until('it has moved', () => running.length === 2)
  assert.deepEqual(running[1], `${other.fleet.node}2`)
  await other.heal[Symbol.asyncDispose]()
})
