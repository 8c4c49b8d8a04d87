import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createEvents } from '../core/index.ts'
import { httpJson, memoryLedger } from '../failover/index.ts'
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

test('a decision of the fleet is followed where no operator has forced a provider, and only there', async t => {
  const engine = memory()
  const providers = ['north', 'south'].map(name =>
    httpJson<string, unknown>({ name, url: 'http://127.0.0.1:9', request: () => ({ path: '/' }) }),
  )
  const [one, two] = ['a', 'b'].map(node => {
    const heal = selfheal({ name: `pay-${node}`, events: createEvents() })
    t.after(() => heal[Symbol.asyncDispose]())
    const pay = heal.failover('pay', { providers, ledger: memoryLedger() })
    return { pay, fleet: heal.fleet({ engine, name: 'pay', node, beat: 100 }) }
  })
  const active = () => (two!.pay.snapshot() as { active: string }).active
  const decide = async (choice: string) => {
    await one!.fleet.decide('failover/pay', choice, { by: one!.fleet.node, why: 'it fails here' })
    await until('it is heard of', () => two!.fleet.decision('failover/pay').choice === choice)
  }
  const who = { by: 'ann', why: 'an incident at south' }
  await two!.pay.verbs!['force']!({ provider: 'north' }, who)
  await decide('south')
  await new Promise(resolve => setTimeout(resolve, 100))
  assert.equal(active(), 'north', 'what an operator has forced stays')
  await two!.pay.verbs!['release']!({}, who)
  await decide('north')
  await decide('south')
  await until('it is followed', () => active() === 'south')
  await two!.pay.verbs!['release']!({}, who)
})
