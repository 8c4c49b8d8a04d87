// Any sequence of success, failure, abort, hang and clock step: never more than the limit runs, every permit comes back, no state is a trap.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { createEvents } from '../core/index.ts'
import { manualClock } from '../testing/index.ts'
import { newCell } from './breaker/cell.ts'
import { readBreaker } from './breaker/options.ts'
import { answered, enter } from './breaker/rule.ts'
import { type Guard, guard } from './index.ts'
import { Reader } from './read-options.ts'
import { charge, deposit, newBudget } from './retry.ts'
import { wheelOf } from './wheel.ts'

const runs = Number(process.env['SELFHEAL_RUNS'] ?? 150)
const answers = ['ok', 'broken', 'down', 'declined', 'throws', 'hangs', 'later ok', 'later broken'] as const
const step = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      is: fc.constant('call' as const),
      answer: fc.constantFrom(...answers),
      idempotent: fc.boolean(),
      aborts: fc.boolean(),
      priority: fc.constantFrom('critical', 'default', 'background'),
    }),
  },
  { weight: 2, arbitrary: fc.record({ is: fc.constant('settle' as const), n: fc.nat(20) }) },
  { weight: 1, arbitrary: fc.record({ is: fc.constant('abort' as const), n: fc.nat(20) }) },
  {
    weight: 3,
    arbitrary: fc.record({ is: fc.constant('time' as const), ms: fc.constantFrom(1, 10, 50, 500, 2_000, 6_000, 30_000) }),
  },
  { weight: 1, arbitrary: fc.record({ is: fc.constant('wall' as const), ms: fc.integer({ min: -1e7, max: 1e7 }) }) },
  { weight: 1, arbitrary: fc.record({ is: fc.constant('resize' as const), max: fc.integer({ min: 1, max: 4 }) }) },
)

test('after any turmoil everything comes back: slots, permits, places, timers, and the breaker', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), fc.boolean(), async (steps, codel) => {
      const clock = manualClock()
      const g = guard({
        name: 'db',
        deadline: '8s',
        timeout: '1s',
        breaker: { calls: 4, slow: '500ms' },
        limit: { max: 2, queue: 3, lease: 1e9, expire: codel ? 10 : 'infinity' },
        clock,
        events: createEvents({ clock }),
      })
      const open: { resolve(value: number): void; reject(error: Error): void }[] = []
      const callers: AbortController[] = []
      const promises: Promise<unknown>[] = []
      let working = 0
      let most = 0
      let max = 2
      const work = (answer: (typeof answers)[number]) => () => {
        if (answer === 'throws') throw new Error('throws')
        most = Math.max(most, ++working)
        assert.ok(working <= max, `${working} work, ${max} may`)
        const { promise, resolve, reject } = Promise.withResolvers<number>()
        const end =
          <A>(fn: (a: A) => void) =>
          (a: A) => {
            if (!ended) working--
            ended = true
            fn(a)
          }
        let ended = false
        const handle = { resolve: end(resolve), reject: end(reject) }
        if (answer === 'ok') handle.resolve(1)
        else if (answer === 'broken') handle.reject(new Error('broken'))
        else if (answer === 'down') handle.reject(Object.assign(new Error('down'), { code: 'ECONNREFUSED' }))
        else if (answer === 'declined') handle.reject(Object.assign(new Error('no'), { status: 400 }))
        else open.push(handle)
        return promise
      }
      for (const s of steps) {
        if (s.is === 'call') {
          const caller = new AbortController()
          callers.push(caller)
          if (s.aborts && s.answer === 'hangs') caller.abort()
          const how = { signal: caller.signal, idempotent: s.idempotent, priority: s.priority as 'default' }
          promises.push(g.run(work(s.answer), how).catch(() => undefined))
        } else if (s.is === 'settle') {
          const [one] = open.splice(s.n % Math.max(1, open.length), 1)
          if (s.n % 2 === 0) one?.resolve(1)
          else one?.reject(new Error('late'))
          await clock.advance(0)
        } else if (s.is === 'abort') callers[s.n % Math.max(1, callers.length)]?.abort()
        else if (s.is === 'time') await clock.advance(s.ms)
        else if (s.is === 'wall') clock.stepWall(s.ms)
        else {
          // Who runs, or was let in and begins a moment later, is let finish: fewer may start only when they have.
          max = Math.max(s.max, working, g.limit!.running())
          g.limit!.resize(s.max)
        }
      }
      await clock.advance(10_000)
      for (let one = open.pop(); one !== undefined; one = open.pop()) {
        one.resolve(1)
        await clock.advance(0)
      }
      await clock.advance(10_000)
      for (const one of open) one.resolve(1)
      await Promise.all(promises)
      await clock.advance(100)
      assert.equal(working, 0)
      assert.equal(g.limit!.running(), 0)
      assert.equal(g.limit!.waiting(), 0)
      assert.equal(wheelOf(clock).size, 0)
      await recovers(g, clock)
    }),
    { numRuns: runs },
  )
})

async function recovers(g: Guard, clock: ReturnType<typeof manualClock>) {
  for (let i = 0; i < 30; i++) {
    await g.run(() => 1).catch(() => undefined)
    await clock.advance(10_000)
    if (g.breaker!.state() === 'closed') return
  }
  assert.fail(`stuck ${g.breaker!.state()}`)
}

test('a breaker’s cell never counts what it has not seen, and no state of it is a trap', () => {
  const f = readBreaker({ calls: 3, slow: 100, probes: { of: 3, pass: 2, lease: 200 } }, '', new Reader(), () => 0.5)
  const op = fc.record({
    do: fc.constantFrom('enter', 'good', 'bad', 'down', 'neutral', 'wait'),
    n: fc.nat(9),
    ms: fc.constantFrom(1, 50, 150, 1_000, 6_000),
  })
  const J = {
    good: { ran: 'yes', blame: 'none' },
    bad: { ran: 'maybe', blame: 'them' },
    down: { ran: 'no', blame: 'them' },
    neutral: { ran: 'no', blame: 'us' },
  } as const
  const flight = () => ({ begunAt: 0, pass: 0, counted: false, flightBefore: undefined, flightAfter: undefined })
  fc.assert(
    fc.property(fc.array(op, { maxLength: 200 }), ops => {
      let now = 0
      const cell = newCell('k', 0)
      const flights: ReturnType<typeof flight>[] = []
      let probesOut = 0
      let epoch = 0
      for (const o of ops) {
        if (o.do === 'wait') now += o.ms
        else if (o.do === 'enter') {
          const one = flight()
          if (enter(cell, f, one, now) >= 0) {
            flights.push(one)
            if (cell.epoch !== epoch) probesOut = 0
            epoch = cell.epoch
            if (cell.state === 'half_open') assert.ok(++probesOut <= 3 + ops.length)
          }
          if (cell.state === 'half_open') assert.ok(cell.inFlight + cell.passed + cell.failed <= 3, 'too many probes')
        } else {
          const [one] = flights.splice(o.n % Math.max(1, flights.length), 1)
          if (one !== undefined) answered(cell, f, one, J[o.do], now)
        }
        const { window } = cell
        assert.ok(window.calls >= 0 && window.failed >= 0 && window.slow >= 0)
        assert.ok(cell.inFlight >= 0)
      }
      for (let i = 0; cell.state !== 'closed' && i < 20; i++) {
        now += 80_000
        for (let n = 0; n < 3; n++) {
          const one = flight()
          if (enter(cell, f, one, now) >= 0) answered(cell, f, one, J.good, now)
        }
      }
      assert.equal(cell.state, 'closed')
    }),
    { numRuns: runs * 3 },
  )
})

test('a budget never lets retries be more than its share, and ten', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.boolean(), fc.nat(400)), { maxLength: 400 }), ops => {
      const budget = newBudget()
      const log: { at: number; retry: boolean }[] = []
      let now = 0
      for (const [isRetry, ms] of ops) {
        now += ms
        if (!isRetry) deposit(budget, now)
        else if (!charge(budget, 0.1, now)) continue
        log.push({ at: now, retry: isRetry })
        const since = (Math.floor(now / 1_000) - 9) * 1_000
        const lately = log.filter(({ at }) => at >= since)
        const retries = lately.filter(({ retry }) => retry).length
        // Calls may have left the window since their retries were charged.
        const calls = log.filter(({ at, retry }) => !retry && at >= since - 10_000).length
        assert.ok(retries <= calls * 0.1 + 10)
      }
    }),
    { numRuns: runs },
  )
})

test('whatever is added to the wheel rings once, in order, not before its time, unless it was taken out', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ after: fc.integer({ min: 0, max: 20_000 }), out: fc.boolean(), wait: fc.nat(300) }), {
        maxLength: 40,
      }),
      async nodes => {
        const clock = manualClock(12_345.5)
        const wheel = wheelOf(clock)
        const rang: { due: number; at: number }[] = []
        let expected = 0
        for (const { after, out, wait } of nodes) {
          const due = clock.now() + after
          const node = {
            due: 0,
            slot: -1,
            wheelBefore: undefined,
            wheelAfter: undefined,
            ring: () => rang.push({ due, at: clock.now() }),
          }
          wheel.add(node, due, clock.now())
          if (out) wheel.remove(node)
          else expected++
          await clock.advance(wait)
        }
        await clock.advance(30_000)
        assert.equal(rang.length, expected)
        assert.equal(wheel.size, 0)
        assert.ok(rang.every(({ due, at }) => at >= due - 1e-6 && at <= due + 1))
        assert.equal(clock.pending(), 0)
      },
    ),
    { numRuns: 40 },
  )
})
