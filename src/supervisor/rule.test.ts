import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type Fall, type Figures, noBudgetSpent, noFalls, onFall, type Verdict } from './rule.ts'

const figures: Figures = {
  intensity: 3,
  periodMs: 5_000,
  backoff: { baseMs: 100, capMs: 30_000, jitter: 0.5 },
  resetAfterMs: 60_000,
  retryEveryMs: undefined,
}
const middle = () => 0.5

/** A history of falls of children, as [time, child, uptime]; what the rule says to each. */
function verdicts(
  f: Partial<Figures>,
  history: readonly (readonly [at: number, child: string, uptimeMs: number])[],
  more?: Partial<Fall>,
) {
  const wears = new Map<string, { count: number; looping: boolean }>()
  const [budget, falls] = [noBudgetSpent(), noFalls()]
  return history.map(([at, child, uptimeMs]) => {
    const wear = wears.get(child) ?? { count: 0, looping: false }
    wears.set(child, wear)
    const fall: Fall = { by: wear, restart: 'permanent', reason: 'error', uptimeMs, ...more }
    return onFall(wear, budget, falls, fall, { ...figures, ...f }, at, middle)
  })
}
const waits = (all: readonly Verdict[]) => all.map(v => (v.does === 'restarts' || v.does === 'loops' ? v.waitMs : v.does))

test('who comes back: permanent always, transient after an error or a kill, temporary never', () => {
  const rests = (restart: Fall['restart']) =>
    (['normal', 'shutdown', 'killed', 'error'] as const).filter(
      reason => verdicts({}, [[0, 'a', 0]], { restart, reason })[0]!.does === 'rests',
    )
  assert.deepEqual(rests('permanent'), [])
  assert.deepEqual(rests('transient'), ['normal', 'shutdown'])
  assert.deepEqual(rests('temporary'), ['normal', 'shutdown', 'killed', 'error'])
})

test('a lone crash restarts at once; repeated ones wait 100 ms doubling, half of it by chance, to 30 s', () => {
  const history = Array.from({ length: 12 }, (_, i) => [i * 40_000, 'a', 0] as const)
  const all = verdicts({ intensity: 100 }, history)
  assert.deepEqual(waits(all), [0, 75, 150, 300, 600, 1_200, 2_400, 4_800, 9_600, 19_200, 22_500, 22_500])
  assert.deepEqual(
    all.map(v => v.does === 'restarts' && v.attempt),
    [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12],
  )
})

test('many that fall together come back one after the other, very many anywhere within some seconds', () => {
  const many = Array.from({ length: 1_000 }, (_, i) => [i / 100, `c${i}`, 0] as const)
  const all = waits(verdicts({ intensity: 1_000 }, many)) as number[]
  assert.deepEqual([all[0], all[1], all[2], all[50], all[251], all[999]], [0, 75, 125, 2_525, 2_575, 2_575])
  const together = waits(verdicts({ intensity: 1_000, backoff: { baseMs: 100, capMs: 30_000, jitter: 0 } }, many)) as number[]
  assert.deepEqual([together[1], together[999]], [100, 100])
})

test('of several that fall within a second only the first restarts at once', () => {
  const f = { intensity: 100 }
  assert.deepEqual(
    waits(
      verdicts(f, [
        [0, 'a', 0],
        [0, 'b', 0],
        [999, 'c', 0],
        [1_999, 'd', 0],
      ]),
    ),
    [0, 75, 125, 0],
  )
})

test("a child's own earlier fall does not make its next one a common one", () => {
  const all = verdicts({ intensity: 100 }, [
    [0, 'a', 0],
    [70_000, 'a', 60_000],
    [70_500, 'a', 0],
  ])
  assert.deepEqual(waits(all), [0, 0, 75])
})

test('60 s of being ready resets count and wait; a millisecond less does not, nor does time spent waiting', () => {
  assert.deepEqual(
    waits(
      verdicts({}, [
        [0, 'a', 0],
        [60_000, 'a', 60_000],
        [130_000, 'a', 59_999],
        [500_000, 'a', 0],
      ]),
    ),
    [0, 0, 75, 150],
  )
})

test('the limit includes the restart it is asked for, and the edge of the period', () => {
  const says = (last: number) =>
    verdicts({}, [
      [0, 'a', 0],
      [1, 'a', 0],
      [2, 'a', 0],
      [last, 'a', 0],
    ])[3]!
  assert.deepEqual(says(5_000), { does: 'escalates', restarts: 4 })
  assert.equal(says(5_001).does, 'restarts')
})

test('with intensity 0 nothing is restarted', () => {
  assert.deepEqual(verdicts({ intensity: 0 }, [[0, 'a', 0]]), [{ does: 'escalates', restarts: 1 }])
})

test('who never gives up is tried every retryEvery, ± 20 %, and is told of as looping once', () => {
  const f = { intensity: 1, retryEveryMs: 60_000 }
  const all = verdicts(f, [
    [0, 'a', 0],
    [1, 'a', 0],
    [60_001, 'a', 0],
    [120_001, 'a', 1_200],
    [250_000, 'a', 60_000],
  ])
  assert.deepEqual(
    all.map(v => [v.does, v.does === 'loops' && v.first]),
    [
      ['restarts', false],
      ['loops', true],
      ['loops', false],
      ['loops', false],
      ['restarts', false],
    ],
  )
  assert.deepEqual(waits(all), [0, 60_000, 60_000, 60_000, 0])
  fc.assert(
    fc.property(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), chance => {
      const fall: Fall = { by: {}, restart: 'permanent', reason: 'error', uptimeMs: 0 }
      const loopFigures = { ...figures, intensity: 0, retryEveryMs: 1_000 }
      const v = onFall({ count: 0, looping: false }, noBudgetSpent(), noFalls(), fall, loopFigures, 0, () => chance)
      assert.ok(v.does === 'loops' && v.waitMs >= 800 && v.waitMs <= 1_200)
    }),
  )
})

test('the budget lets through exactly as many restarts as fit in any period, whatever the times', () => {
  const gaps = fc.array(fc.integer({ min: 0, max: 300 }), { maxLength: 300 })
  fc.assert(
    fc.property(gaps, fc.integer({ min: 0, max: 5 }), fc.integer({ min: 1, max: 1_000 }), (steps, intensity, periodMs) => {
      let at = 0
      const budget = noBudgetSpent()
      const allowed: number[] = []
      for (const step of steps) {
        at += step
        const fall: Fall = { by: {}, restart: 'permanent', reason: 'error', uptimeMs: 0 }
        const v = onFall({ count: 0, looping: false }, budget, noFalls(), fall, { ...figures, intensity, periodMs }, at, middle)
        const inPeriod = allowed.filter(then => then >= at - periodMs).length
        assert.equal(v.does, inPeriod + 1 > intensity ? 'escalates' : 'restarts')
        if (v.does === 'restarts') allowed.push(at)
      }
    }),
  )
})
