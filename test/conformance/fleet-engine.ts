// The contract of a fleet's engine, as a suite over any maker of one. `second`: another machine's view of the same store.
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { type TestContext, test } from 'node:test'
import type { Beat, Engine, Stored } from '../../src/fleet/index.ts'

export interface MadeEngine {
  readonly engine: Engine
  readonly second: Engine
  /** Lets so much time pass on the engine's clock. */
  wait(ms: number): Promise<void>
}

const WITHIN_MS = 20_000
/** Real stores count in whole milliseconds, and busy machines are late. */
const TTL_MS = 300
const FORGET_MS = 1_200

export function engineSuite(kind: string, make: () => Promise<MadeEngine> | MadeEngine, options: { skip?: string } = {}): void {
  type Try = (
    made: MadeEngine & { fleet: string; beat(by: Engine, node: string, more?: Partial<Beat>): ReturnType<Engine['beat']> },
  ) => unknown
  const under = (says: string, fn: Try) =>
    test(`${kind}: ${says}`, options, async (_: TestContext) => {
      const made = await make()
      const fleet = `f-${randomUUID().slice(0, 8)}`
      const beat = (by: Engine, node: string, more: Partial<Beat> = {}) =>
        by.beat(
          { fleet, node, info: { of: node }, sick: false, hints: [], ttlMs: 60_000, forgetMs: 60_000, known: {}, ...more },
          WITHIN_MS,
        )
      await fn({ ...made, fleet, beat })
    })

  under('a beat counts its own machine and the others, by their word', async ({ engine, second, beat }) => {
    const first = await beat(engine, 'a', { sick: true, hints: ['db', 'mail'] })
    assert.deepEqual(first.nodes, { alive: 1, sick: 1, lost: 0 })
    assert.deepEqual({ ...first.hints }, { db: 1, mail: 1 })
    const other = await beat(second, 'b', { hints: ['db'] })
    assert.deepEqual(other.nodes, { alive: 2, sick: 1, lost: 0 })
    assert.deepEqual({ ...other.hints }, { db: 2, mail: 1 })
    const well = await beat(engine, 'a')
    assert.deepEqual([well.nodes.sick, { ...well.hints }], [0, { db: 1 }], 'what it says no more is not counted')
    assert.ok(well.now >= other.now && other.now >= first.now, 'one clock, which goes forward')
  })

  under('one without a sign is lost, then forgotten; one that left is neither', async ({ engine, second, fleet, beat, wait }) => {
    await beat(engine, 'gone', { ttlMs: TTL_MS, forgetMs: FORGET_MS })
    await beat(engine, 'left')
    await engine.leave(fleet, 'left', WITHIN_MS)
    await beat(second, 'here')
    await wait(1.2 * TTL_MS)
    assert.deepEqual((await beat(second, 'here')).nodes, { alive: 1, sick: 0, lost: 1 })
    const rows = await second.nodes(fleet, WITHIN_MS)
    assert.deepEqual(rows.map(one => [one.node, one.lost, (one.info as { of: string }).of]).sort(), [
      ['gone', true, 'gone'],
      ['here', false, 'here'],
    ])
    assert.ok(rows.find(one => one.node === 'gone')!.ageMs >= TTL_MS)
    await wait(1.1 * FORGET_MS)
    assert.deepEqual((await beat(second, 'here')).nodes, { alive: 1, sick: 0, lost: 0 })
  })

  under(
    'a document is written by who names its version, and what stood in the way is told',
    async ({ engine, second, fleet, beat }) => {
      const made = await engine.write(fleet, 'lease/a', { holder: 'a', "it's": ['ü', null, 1.5] }, 0, WITHIN_MS)
      assert.equal(made.done, true)
      const { version } = made.stored
      const late = await second.write(fleet, 'lease/a', 'mine', 0, WITHIN_MS)
      assert.deepEqual([late.done, late.stored], [false, { version, value: { holder: 'a', "it's": ['ü', null, 1.5] } }])
      const next = await second.write(fleet, 'lease/a', { holder: 'b' }, version, WITHIN_MS)
      assert.equal(next.done, true)
      assert.notEqual(next.stored.version, version)
      assert.equal((await engine.write(fleet, 'lease/a', 'old', version, WITHIN_MS)).done, false)
      assert.equal((await engine.write(fleet, 'nothing', 1, 7, WITHIN_MS)).done, false, 'what is not there has no version 7')
      assert.deepEqual((await beat(engine, 'a')).changed, { 'lease/a': next.stored })
    },
  )

  under('a beat brings only what its machine has not', async ({ engine, fleet, beat }) => {
    const one = (await engine.write(fleet, 'one', 1, 0, WITHIN_MS)).stored
    const two = (await engine.write(fleet, 'two', 2, 0, WITHIN_MS)).stored
    assert.deepEqual((await beat(engine, 'a')).changed, { one, two })
    assert.deepEqual((await beat(engine, 'a', { known: { one: one.version } })).changed, { two })
    const known = { one: one.version, two: two.version }
    assert.deepEqual((await beat(engine, 'a', { known })).changed, {})
    const later = (await engine.write(fleet, 'one', 3, one.version, WITHIN_MS)).stored
    assert.deepEqual((await beat(engine, 'a', { known })).changed, { one: later })
  })

  under('of many who write the same version one is done, every time', async ({ engine, second, fleet }) => {
    let stored: Stored = { version: 0, value: null }
    for (let round = 0; round < 5; round++) {
      const { version } = stored
      const tries = await Promise.all(
        [engine, second, engine, second].map((by, i) => by.write(fleet, 'race', `${round}.${i}`, version, WITHIN_MS)),
      )
      const done = tries.filter(one => one.done)
      assert.equal(done.length, 1)
      stored = done[0]!.stored
    }
    const last = await second.write(fleet, 'race', 'no', 0, WITHIN_MS)
    assert.deepEqual([last.done, last.stored], [false, stored])
  })

  under('fleets of other names see nothing of each other', async ({ engine, fleet, beat }) => {
    await engine.write(fleet, 'one', 1, 0, WITHIN_MS)
    await beat(engine, 'a')
    const other = await beat(engine, 'b', { fleet: `${fleet}-x` })
    assert.deepEqual([other.nodes.alive, other.changed], [1, {}])
    assert.equal((await engine.write(`${fleet}-x`, 'one', 2, 0, WITHIN_MS)).done, true)
  })
}
