// The behaviours that a policy must show, one test each, by the numbers of the list that they come from.
import assert from 'node:assert/strict'
import { AsyncLocalStorage } from 'node:async_hooks'
import { getEventListeners } from 'node:events'
import { test } from 'node:test'
import { createEvents, currentFrame, type RejectedError, runInFrame } from '../core/index.ts'
import { type ManualClock, manualClock } from '../testing/index.ts'
import { attemptsOf, breaker, deadline, guard, hedge, limit, retry, timeout } from './index.ts'

const world = (startMs = 0) => {
  const clock = manualClock(startMs)
  return { clock, events: createEvents({ clock }), random: () => 0.5 }
}
const hang = () => new Promise<never>(() => {})
const down = () => Promise.reject(Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' }))
const broken = () => Promise.reject(new Error('broken'))
const outcome = <T>(promise: Promise<T>) =>
  promise.then(
    value => ({ value, error: undefined }),
    error => ({ value: undefined, error: error as RejectedError }),
  )
const code = async (promise: Promise<unknown>) => (await outcome(promise)).error?.code
const opened = async (w: { clock: ManualClock }, more: object = {}) => {
  const b = breaker({ name: 'db', ...w, ...more })
  for (let i = 0; i < 10; i++) await outcome(b.run(broken))
  assert.equal(b.state(), 'open')
  return b
}

test('1: of 1000 callers at a half-open breaker only the probes get through, the rest are refused at once, also when a probe hangs', async () => {
  const w = world()
  const b = await opened(w)
  await w.clock.advance(5_000)
  let reached = 0
  const calls = Array.from({ length: 1_000 }, () =>
    outcome(
      b.run(() => {
        reached++
        return hang()
      }),
    ),
  )
  const refused = await Promise.all(calls.slice(3))
  assert.equal(reached, 3)
  assert.ok(refused.every(({ error }) => error?.code === 'SELFHEAL_BREAKER_OPEN' && error.retryAfterMs !== undefined))
})

test('2: a probe’s permit comes back when the probe is given up or refused further in; the lease of one that hangs ends', async () => {
  const w = world()
  const b = await opened(w, { probes: { of: 1, pass: 1 } })
  await w.clock.advance(5_000)
  const caller = new AbortController()
  const probe = outcome(b.run(hang, { signal: caller.signal }))
  assert.equal(await code(b.run(() => 1)), 'SELFHEAL_BREAKER_OPEN')
  caller.abort()
  assert.equal((await probe).error!.code, 'SELFHEAL_ABORTED')
  const full = limit({ name: 'full', max: 1, queue: 0, ...w })
  void outcome(full.run(hang))
  assert.equal(await code(b.run(() => full.run(() => 1))), 'SELFHEAL_LIMIT_FULL')
  assert.equal(b.state(), 'half_open')
  void outcome(b.run(hang))
  await w.clock.advance(2_000)
  assert.equal(await code(b.run(() => 1)), 'SELFHEAL_BREAKER_OPEN')
  assert.equal(b.state(), 'open', 'a probe that hangs past its lease has failed')
  await w.clock.advance(10_000)
  assert.equal(await b.run(() => 1), 1)
  assert.equal(b.state(), 'ramping')
})

test('3: a result from before the last transition moves nothing, good or bad', async () => {
  const w = world()
  const b = breaker({ name: 'db', slow: 'infinity', ...w })
  const held = Array.from({ length: 6 }, () => Promise.withResolvers<number>())
  const old = held.map(({ promise }) => outcome(b.run(() => promise)))
  for (let i = 0; i < 10; i++) await outcome(b.run(broken))
  await w.clock.advance(5_000)
  const probe = Promise.withResolvers<number>()
  const probing = b.run(() => probe.promise)
  assert.equal(b.state(), 'half_open')
  for (const { reject } of held.slice(0, 3)) reject(new Error('late'))
  await Promise.all(old.slice(0, 3))
  assert.equal(b.state(), 'half_open')
  for (const { resolve } of held.slice(3)) resolve(1)
  await Promise.all(old)
  assert.equal(b.state(), 'half_open')
  probe.resolve(1)
  await probing
  await b.run(() => 1)
  assert.equal(b.state(), 'ramping')
})

test('4: 99 neighbours of a call that is cut have a signal of their own, untouched', async () => {
  const w = world()
  const g = guard({ name: 'db', retry: false, limit: 100, ...w })
  const signals: AbortSignal[] = []
  const calls = Array.from({ length: 100 }, (_, i) =>
    outcome(
      g.run(
        ({ signal }) => {
          signals.push(signal)
          return hang()
        },
        { deadline: i === 50 ? 20 : 5_000 },
      ),
    ),
  )
  await w.clock.advance(20)
  assert.equal((await calls[50]!).error!.code, 'SELFHEAL_DEADLINE_EXCEEDED')
  assert.deepEqual(
    signals.map((s, i) => (s.aborted ? i : -1)).filter(i => i >= 0),
    [50],
  )
})

test('5: 10,000 calls on one long-lived signal leave no listener, and warn of none', async t => {
  const warned = t.mock.fn()
  process.on('warning', warned)
  const { signal } = new AbortController()
  const g = guard({ name: 'db', limit: 1_000 })
  for (let i = 0; i < 10; i++) {
    await Promise.all(Array.from({ length: 1_000 }, () => g.run(async call => call.signal.aborted, { signal })))
    assert.equal(getEventListeners(signal, 'abort').length, 0)
  }
  await new Promise(setImmediate)
  process.off('warning', warned)
  assert.equal(warned.mock.callCount(), 0)
})

test('6: an abort in the queue rejects at once, frees the place, and the next starts; newcomers wait behind who waits', async () => {
  const w = world()
  const l = limit({ name: 'one', max: 1, queue: 3, ...w })
  const first = Promise.withResolvers<void>()
  const started: string[] = []
  const run = (name: string, signal?: AbortSignal) =>
    outcome(l.run(() => void started.push(name), signal === undefined ? {} : { signal }))
  const a = l.run(() => first.promise)
  const caller = new AbortController()
  const b = run('b', caller.signal)
  const c = run('c')
  const d = run('d')
  assert.equal(await code(l.run(() => 1)), 'SELFHEAL_LIMIT_FULL')
  caller.abort()
  assert.equal((await b).error!.code, 'SELFHEAL_ABORTED')
  const e = run('e')
  first.resolve()
  await Promise.all([a, c, d, e])
  assert.deepEqual(started, ['c', 'd', 'e'])
})

test('7: a retry stops at once on an open breaker, and the error says which', async () => {
  const w = world()
  const b = await opened(w)
  let calls = 0
  const outer = retry({ name: 'outer', ...w })
  const refused = await outcome(
    outer.run(
      () => {
        calls++
        return b.run(() => 1)
      },
      { idempotent: true },
    ),
  )
  assert.equal(calls, 1)
  assert.equal(refused.error!.policy, 'breaker')
  assert.match(refused.error!.message, /^db /)
  // Opened by its own attempt: nothing is slept for.
  const g = guard({ name: 'api', breaker: { calls: 1 }, ...w })
  const own = await outcome(g.run(down))
  assert.equal(own.error!.message, 'connect ECONNREFUSED')
  assert.equal(attemptsOf(own.error)!.stopped, 'breaker')
})

test('8: half-open needs 2 of 3, and then it is a ramp, never all at once', async () => {
  const w = world()
  const b = await opened(w)
  await w.clock.advance(5_000)
  await outcome(b.run(broken))
  assert.equal(b.state(), 'half_open')
  await b.run(() => 1)
  await b.run(() => 1)
  assert.equal(b.state(), 'ramping')
  const admitted = async () => {
    let reached = 0
    const held = Promise.withResolvers<void>()
    const calls = Array.from({ length: 1_000 }, () =>
      outcome(
        b.run(() => {
          reached++
          return held.promise
        }),
      ),
    )
    held.resolve()
    await Promise.all(calls)
    return reached
  }
  const shares = [await admitted()]
  const critical = Array.from({ length: 100 }, () => b.run(() => 1, { priority: 'critical' }))
  assert.equal((await Promise.all(critical)).length, 100, 'half of a transaction is not refused: it was let in')
  for (let i = 0; i < 3; i++) {
    await w.clock.advance(2_500)
    shares.push(await admitted())
  }
  assert.equal(shares[0], 3)
  assert.ok(shares.every((share, i) => i === 0 || share > shares[i - 1]!))
  assert.ok(Math.abs(shares[2]! - 500) < 50, `half-way: ${shares[2]}`)
  await w.clock.advance(2_500)
  assert.equal(await admitted(), 1_000)
  // Two of three failed: open again.
  const c = await opened(w)
  await w.clock.advance(5_000)
  await outcome(c.run(broken))
  await outcome(c.run(broken))
  assert.equal(c.state(), 'open')
})

test('9: trips in a row lengthen the open time, jittered, up to a cap; a healthy time makes them forgotten', async () => {
  const times: number[] = []
  const openTimes = async (random: () => number) => {
    const w = { ...world(), random }
    w.events.on('breaker.opened', ({ data }) => times.push((data as { openMs: number }).openMs))
    const b = await opened(w, { probes: { of: 1, pass: 1 } })
    for (let i = 0; i < 5; i++) {
      await w.clock.advance(80_000)
      await outcome(b.run(broken))
    }
    return { w, b }
  }
  await openTimes(() => 0.5)
  assert.deepEqual(times, [5_000, 10_000, 20_000, 40_000, 60_000, 60_000])
  times.length = 0
  await openTimes(() => 0)
  assert.equal(times[0], 4_000)
  times.length = 0
  const { w, b } = await openTimes(() => 0.999_999)
  assert.equal(times[0], 6_000)
  await w.clock.advance(80_000)
  await b.run(() => 1)
  await w.clock.advance(61_000)
  for (let i = 0; i < 10; i++) await outcome(b.run(broken))
  assert.equal(times.at(-1), 6_000)
})

test('10: half-open comes by the clock at the call, without a timer; a step of the wall clock moves nothing', async () => {
  const w = world()
  const b = await opened(w)
  assert.equal(w.clock.pending(), 0)
  w.clock.stepWall(-3_600_000)
  await w.clock.advance(4_999)
  assert.equal(await code(b.run(() => 1)), 'SELFHEAL_BREAKER_OPEN')
  w.clock.stepWall(7_200_000)
  await w.clock.advance(1)
  assert.equal(await b.run(() => 1), 1)
})

test('11: an exhausted budget leaves out the retry and gives the first error; at one call a second retries work; at 500 the load stays within 1.2 ×', async () => {
  const w = world()
  const g = guard({ name: 'db', breaker: false, limit: false, ...w })
  let attempts = 0
  const call = () =>
    outcome(
      g.run(({ attempt }) => {
        attempts++
        return down().catch(error => Promise.reject(Object.assign(error, { attempt })))
      }),
    )
  for (let i = 0; i < 20; i++) {
    const slow = call()
    await w.clock.advance(1_000)
    void slow
  }
  assert.ok(attempts >= 35, `one a second: ${attempts} attempts of 20 calls`)
  await w.clock.advance(60_000)
  attempts = 0
  const calls: ReturnType<typeof call>[] = []
  for (let i = 0; i < 200; i++) {
    for (let n = 0; n < 50; n++) calls.push(call())
    await w.clock.advance(100)
  }
  await w.clock.advance(20_000)
  const ended = await Promise.all(calls)
  assert.ok(attempts <= calls.length * 1.2, `${attempts} attempts of ${calls.length} calls`)
  assert.ok(attempts > calls.length)
  const suppressed = ended.filter(({ error }) => attemptsOf(error)?.stopped === 'budget')
  assert.ok(suppressed.length > 0)
  assert.ok(suppressed.every(({ error }) => error!.message === 'connect ECONNREFUSED'))
})

test('14: a late attempt is tried again, a caller’s abort is not, and the deadline ends all', async () => {
  const w = world()
  const g = guard({ name: 'db', deadline: 1_000, timeout: 100, ...w })
  let calls = 0
  const count = () => {
    calls++
    return hang()
  }
  const late = outcome(g.run(count, { idempotent: true }))
  await w.clock.advance(1_000)
  assert.equal((await late).error!.code, 'SELFHEAL_TIMEOUT')
  assert.equal(calls, 3)
  calls = 0
  const caller = new AbortController()
  const left = outcome(g.run(count, { idempotent: true, signal: caller.signal }))
  caller.abort()
  await w.clock.advance(1_000)
  assert.equal((await left).error!.code, 'SELFHEAL_ABORTED')
  assert.equal(calls, 1)
  calls = 0
  const ended = outcome(g.run(count, { idempotent: true, deadline: 90 }))
  await w.clock.advance(1_000)
  assert.ok(calls <= 3)
  assert.match(String((await ended).error!.code), /TIMEOUT|DEADLINE/)
  calls = 0
  assert.equal(await code(g.run(count, { deadline: 0 })), 'SELFHEAL_DEADLINE_EXCEEDED')
  assert.equal(calls, 0, 'nothing starts without enough time left')
})

test('15: a call is good when its result was judged, not when it came', async () => {
  const w = world()
  const judge = (answer: { error: unknown } | { value: unknown }) =>
    'value' in answer && (answer.value as { status: number }).status >= 500
      ? ({ ran: 'maybe', blame: 'them' } as const)
      : ({ ran: 'yes', blame: 'none' } as const)
  const g = guard({ name: 'api', judge, ...w })
  for (let i = 0; i < 10; i++) assert.deepEqual(await g.run(() => ({ status: 503 })), { status: 503 })
  assert.equal(g.breaker!.state(), 'open')
})

test('16: work runs in its caller’s context through queue, retry after a cut, and hedge; events run in no request’s', async () => {
  const w = world()
  const als = new AsyncLocalStorage<string>()
  const seen: (string | undefined)[] = []
  const look = () => void seen.push(als.getStore())
  const l = limit({ name: 'one', max: 1, queue: 5, ...w })
  const first = Promise.withResolvers<void>()
  const a = als.run('a', () => l.run(() => first.promise))
  const b = als.run('b', () => l.run(look))
  als.run('c', () => first.resolve())
  await Promise.all([a, b])
  const t = guard({ name: 'late', timeout: 10, breaker: false, ...w })
  const again = als.run('d', () =>
    outcome(
      t.run(
        ({ attempt }) => {
          look()
          return attempt === 1 ? hang() : undefined
        },
        { idempotent: true },
      ),
    ),
  )
  await w.clock.advance(1_000)
  await again
  const h = hedge({ name: 'late', after: 10, ...w })
  let n = 0
  const hedged = als.run('e', () =>
    h.run(
      () => {
        look()
        return n++ === 0 ? hang() : 7
      },
      { idempotent: true },
    ),
  )
  await w.clock.advance(10)
  assert.equal(await hedged, 7)
  assert.deepEqual(seen, ['b', 'd', 'd', 'e', 'e'])
  let told: unknown = 'never'
  w.events.on('breaker.opened', () => {
    told = [als.getStore(), currentFrame()]
  })
  await als.run('f', () => runInFrame({ owner: 'x' }, () => opened(w)))
  assert.deepEqual(told, [undefined, undefined])
})

test('a call that runs past the threshold counts as slow then, not when it ends', async () => {
  const w = world()
  const b = breaker({ name: 'db', ...w })
  for (let i = 0; i < 10; i++) void outcome(b.run(hang))
  await w.clock.advance(2_000)
  assert.equal(await code(b.run(() => 1)), 'SELFHEAL_BREAKER_OPEN')
})

test('five failed connects in a row open it before there is any volume', async () => {
  const w = world()
  const b = breaker({ name: 'db', ...w })
  for (let i = 0; i < 5; i++) await outcome(b.run(down))
  assert.equal(b.state(), 'open')
})

test('our own refusals, the caller’s mistakes and one failed call never open a breaker', async () => {
  const w = world()
  const g = guard({ name: 'db', limit: { max: 1, queue: 0 }, breaker: { calls: 3 }, retry: false, ...w })
  const slow = Promise.withResolvers<void>()
  const running = g.run(() => slow.promise)
  for (let i = 0; i < 9; i++) assert.equal(await code(g.run(() => 1)), 'SELFHEAL_LIMIT_FULL')
  slow.resolve()
  await running
  for (let i = 0; i < 9; i++) await outcome(g.run(() => Promise.reject(Object.assign(new Error('no such'), { status: 404 }))))
  assert.equal(g.breaker!.state(), 'closed')
  const b = breaker({ name: 'new', ...w })
  await outcome(b.run(broken))
  assert.equal(b.state(), 'closed')
})

test('callers in a hurry do not open the breaker of a dependency that is well; one that hangs does open it', async () => {
  const w = world()
  const g = guard({ name: 'db', retry: false, timeout: 500, limit: false, ...w })
  for (let i = 0; i < 20; i++) void outcome(g.run(hang, { deadline: 5 }))
  await w.clock.advance(5)
  assert.equal(g.breaker!.state(), 'closed')
  for (let i = 0; i < 10; i++) void outcome(g.run(hang, { deadline: 600 }))
  await w.clock.advance(600)
  assert.equal(g.breaker!.state(), 'open')
})

test('Retry-After is obeyed within the deadline; when it is later, the call fails now', async () => {
  const w = world()
  const g = guard({ name: 'api', ...w })
  const busy = (seconds: string) =>
    Promise.reject(Object.assign(new Error('busy'), { status: 429, headers: { 'retry-after': seconds } }))
  let calls = 0
  const kept = outcome(g.run(() => (++calls === 1 ? busy('2') : Promise.resolve('in'))))
  await w.clock.advance(1_999)
  assert.equal(calls, 1)
  await w.clock.advance(500)
  assert.equal((await kept).value, 'in')
  const late = await outcome(g.run(() => busy('60')))
  assert.equal(late.error!.message, 'busy')
  assert.equal(attemptsOf(late.error)!.stopped, 'retry_after')
})

test('a deadline is inherited, only shortens, and travels as what is left', async () => {
  const w = world()
  const clock = w.clock
  assert.equal(deadline.current(clock), undefined)
  assert.deepEqual(deadline.headers(clock), {})
  const outer = deadline.run(
    '10s',
    async () => {
      assert.equal(deadline.current(clock)!.remainingMs(), 10_000)
      await deadline.run('1h', () => assert.equal(deadline.current(clock)!.remainingMs(), 10_000), { clock })
      await deadline.run('1s', () => assert.equal(deadline.current(clock)!.remainingMs(), 1_000), { clock })
      return deadline.headers(clock)
    },
    { clock },
  )
  assert.deepEqual(await outer, { 'x-deadline-ms': '9990' })
  assert.equal(deadline.fromHeaders({ 'x-deadline-ms': '250' }), 250)
  assert.equal(deadline.fromHeaders(new Headers({ 'x-deadline-ms': '250' })), 250)
  for (const nonsense of ['', 'soon', '-5', '1e9', '99999999999'])
    assert.equal(deadline.fromHeaders({ 'x-deadline-ms': nonsense }), undefined)
  const late = outcome(deadline.run(50, hang, { clock }))
  await clock.advance(50)
  assert.equal((await late).error!.code, 'SELFHEAL_DEADLINE_EXCEEDED')
})

test('work given up that never ends gives its slot back when its lease is over, and that is told', async () => {
  const w = world()
  const g = guard({
    name: 'db',
    timeout: 10,
    retry: false,
    breaker: false,
    limit: { max: 1, queue: 1, lease: '30s' },
    deadline: false,
    ...w,
  })
  const leaked: unknown[] = []
  w.events.on('limit.leaked', ({ data }) => leaked.push(data))
  const lost = outcome(g.run(hang))
  await w.clock.advance(10)
  assert.equal((await lost).error!.code, 'SELFHEAL_TIMEOUT')
  assert.equal(w.clock.pending(), 0, 'no timer waits for a lease that nobody waits for')
  const next = outcome(g.run(() => 'next'))
  await w.clock.advance(29_980)
  assert.equal(g.limit!.waiting(), 1)
  await w.clock.advance(20)
  assert.equal((await next).value, 'next')
  assert.deepEqual(leaked, [{ key: 'db', leaseMs: 30_000, leaked: 1 }])
  assert.equal(g.limit!.running(), 0)
})

test('a timeout by itself cuts, and says that the work may still have its effect', async () => {
  const w = world()
  const t = timeout({ after: 50, ...w })
  const late = outcome(t.run(hang))
  await w.clock.advance(50)
  const { error } = await late
  assert.deepEqual([error!.code, error!.ran, error!.name], ['SELFHEAL_TIMEOUT', 'maybe', 'TimeoutError'])
})
