import assert from 'node:assert/strict'
import { AsyncLocalStorage } from 'node:async_hooks'
import { getEventListeners } from 'node:events'
import { test } from 'node:test'
import { createEvents, currentFrame, isConfigError, isRejected, type RejectedError } from '../core/index.ts'
import { type ManualClock, manualClock } from '../testing/index.ts'
import { attemptsOf, breaker, deadline, type GuardOptions, guard, limit } from './index.ts'

const world = () => {
  const clock = manualClock()
  return { clock, events: createEvents({ clock }), random: () => 0.5 }
}
const hang = () => new Promise<never>(() => {})
const refused = () => Promise.reject(Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' }))
const settled = async <T>(promise: Promise<T>, clock: ManualClock, ms = 0) => {
  const out = promise.then(
    value => ({ value }),
    error => ({ error: error as RejectedError }),
  )
  await clock.advance(ms)
  return out as Promise<{ value?: T; error: RejectedError }>
}

test('a call that is well passes through every policy untouched', async () => {
  const g = guard({ name: 'db', deadline: '10s', timeout: '3s', retry: { attempts: 3 }, breaker: {}, limit: 20 })
  assert.equal(await g.run(async () => 7), 7)
  assert.equal(await g.run(() => 8), 8)
  assert.deepEqual(await g.wrap(async (a: number, b: number) => [a, b])(1, 2), [1, 2])
})

test('what the work throws comes through as it is, also when it throws at once', async () => {
  const g = guard({ name: 'db' })
  const mine = new Error('mine')
  await assert.rejects(
    g.run(() => Promise.reject(mine)),
    e => e === mine,
  )
  await assert.rejects(
    g.run(() => {
      throw mine
    }),
    e => e === mine,
  )
})

test('work that surely did not run is tried again; work that may have run only if it is idempotent', async () => {
  const w = world()
  const g = guard({ name: 'db', ...w })
  let calls = 0
  const first = await settled(
    g.run(() => (++calls < 3 ? refused() : Promise.resolve('done'))),
    w.clock,
    5_000,
  )
  assert.equal(first.value, 'done')
  assert.equal(calls, 3)
  calls = 0
  const maybe = () => Promise.reject(new Error(`reset ${++calls}`))
  const once = await settled(g.run(maybe), w.clock, 5_000)
  assert.equal(once.error.message, 'reset 1')
  calls = 0
  const thrice = await settled(g.run(maybe, { idempotent: true }), w.clock, 5_000)
  assert.equal(thrice.error.message, 'reset 3')
  assert.equal(attemptsOf(thrice.error)!.tries.length, 3)
  assert.equal(attemptsOf(thrice.error)!.stopped, 'attempts')
})

test('an attempt that is late is cut, the work hears of it, and the next attempt has a signal of its own', async () => {
  const w = world()
  const g = guard({ name: 'db', timeout: 50, ...w })
  const signals: AbortSignal[] = []
  const answer = await settled(
    g.run(
      ({ signal, attempt }) => {
        signals.push(signal)
        return attempt === 1 ? hang() : 'second'
      },
      { idempotent: true },
    ),
    w.clock,
    1_000,
  )
  assert.equal(answer.value, 'second')
  assert.deepEqual(
    signals.map(s => s.aborted),
    [true, false],
  )
  assert.equal(signals[0]!.reason.code, 'SELFHEAL_TIMEOUT')
  const late = await settled(g.run(hang), w.clock, 50)
  assert.equal(late.error.code, 'SELFHEAL_TIMEOUT')
  assert.equal(late.error.ran, 'maybe')
  assert.match(late.error.message, /^db did not answer within 50 ms; the call may still have had its effect; /)
  assert.equal(w.clock.pending() <= 1, true)
})

test('what ended at its deadline says who did not answer, and how long it had', async () => {
  const w = world()
  const own = await settled(guard({ name: 'db', deadline: '10s', ...w }).run(hang), w.clock, 10_000)
  assert.match(own.error.message, /^db did not answer within 10 s;/)
  const given = await settled(guard({ name: 'db', ...w }).run(hang, { deadline: '2s' }), w.clock, 2_000)
  assert.match(given.error.message, /^db did not answer within 2 s;/)
  const around = await settled(deadline.run('30s', hang, { key: 'http:api', clock: w.clock }), w.clock, 30_000)
  assert.match(String(around.error.stack), /^TimeoutError: http:api did not answer within 30 s;/)
  const bare = await settled(deadline.run('500ms', hang, { clock: w.clock }), w.clock, 500)
  assert.match(bare.error.message, /^what ran under deadline\.run\(\) did not answer within 500 ms;/)
  assert.deepEqual(Object.keys(around.error), ['code', 'policy', 'guard', 'key', 'ran', 'retryAfterMs', 'remainingMs', 'stack'])
})

test('the deadline ends all, and is inherited by what runs under it', async () => {
  const w = world()
  const g = guard({ name: 'db', deadline: 1_000, timeout: false, retry: false, ...w })
  let seen = 0
  const late = await settled(
    g.run(() => {
      seen = currentFrame()!.deadline
      return hang()
    }),
    w.clock,
    1_000,
  )
  assert.equal(seen, 1_000)
  assert.equal(late.error.code, 'SELFHEAL_DEADLINE_EXCEEDED')
  const outer = guard({ name: 'request', deadline: 300, retry: false, limit: false, breaker: false, ...w })
  const inner = await settled(
    outer.run(() => g.run(hang)),
    w.clock,
    300,
  )
  assert.equal(inner.error.code, 'SELFHEAL_DEADLINE_EXCEEDED')
})

test('a call leaves its caller’s context as it was, whatever the work does to its own', async () => {
  const mine = new AsyncLocalStorage<string>()
  const g = guard({ name: 'db' })
  await mine.run('caller', async () => {
    const running = g.run(async () => {
      mine.enterWith('work')
      assert.equal(currentFrame()!.retries, 'taken')
      await new Promise(setImmediate)
      return mine.getStore()
    })
    assert.deepEqual([mine.getStore(), currentFrame()], ['caller', undefined])
    assert.equal(await running, 'work')
    assert.deepEqual([mine.getStore(), currentFrame()], ['caller', undefined])
    assert.throws(() => {
      throw new Error('outside')
    })
    await assert.rejects(
      g.run(() => {
        throw new Error('at once')
      }),
    )
    assert.deepEqual([mine.getStore(), currentFrame()], ['caller', undefined])
  })
})

test('an inner guard tries once under one that retries already', async () => {
  const w = world()
  let calls = 0
  const inner = guard({ name: 'inner', ...w })
  const outer = guard({ name: 'outer', breaker: false, ...w })
  await settled(
    outer.run(() =>
      inner.run(() => {
        calls++
        return refused()
      }),
    ),
    w.clock,
    20_000,
  )
  assert.equal(calls, 3)
})

test('the breaker opens at half of ten, refuses at once with when to come back, and comes back by probes', async () => {
  const w = world()
  const b = breaker({ name: 'db', ...w })
  for (let i = 0; i < 5; i++) await b.run(() => 1)
  for (let i = 0; i < 5; i++) await assert.rejects(b.run(() => Promise.reject(new Error('no'))))
  assert.equal(b.state(), 'open')
  await assert.rejects(
    b.run(() => 1),
    (error: RejectedError) => {
      assert.ok(isRejected(error))
      assert.ok(error instanceof Error)
      assert.equal(error.code, 'SELFHEAL_BREAKER_OPEN')
      assert.equal(error.ran, 'no')
      assert.equal(error.key, 'db')
      assert.equal(error.retryAfterMs, 5_000)
      assert.match(error.message, /db failed too often lately: the call was not made; come back in 5 s/)
      assert.match(String(error.stack), /RejectedError: db failed/)
      return true
    },
  )
  await w.clock.advance(5_000)
  await b.run(() => 1)
  assert.equal(b.state(), 'half_open')
  await b.run(() => 1)
  assert.equal(b.state(), 'ramping')
  await w.clock.advance(10_000)
  assert.equal(b.state(), 'closed')
})

test('the caller’s abort ends its wait at once and blames nobody; no listener is left', async () => {
  const w = world()
  const g = guard({ name: 'db', breaker: { calls: 1, failureRate: 0.01 }, ...w })
  const caller = new AbortController()
  let inner: AbortSignal | undefined
  const promise = g.run(
    call => {
      inner = call.signal
      return hang()
    },
    { signal: caller.signal },
  )
  caller.abort(new Error('user left'))
  const { error } = await settled(promise, w.clock)
  assert.equal(error.code, 'SELFHEAL_ABORTED')
  assert.equal(error.name, 'AbortError')
  assert.equal((error.cause as Error).message, 'user left')
  assert.equal(inner!.aborted, true)
  assert.equal(g.breaker!.state(), 'closed')
  assert.equal(getEventListeners(caller.signal, 'abort').length, 0)
})

test('a slot comes back when the work ends, not when its caller was answered', async () => {
  const w = world()
  const ends: (() => void)[] = []
  let most = 0
  let now = 0
  const g = guard({ name: 'db', timeout: 20, retry: false, breaker: false, limit: { max: 2, queue: 0 }, ...w })
  const work = () => {
    most = Math.max(most, ++now)
    return new Promise<void>(resolve =>
      ends.push(() => {
        now--
        resolve()
      }),
    )
  }
  const calls = Promise.allSettled(Array.from({ length: 20 }, () => g.run(work)))
  await w.clock.advance(20)
  assert.equal((await calls).length, 20)
  assert.equal(g.limit!.running(), 2)
  await assert.rejects(g.run(work), { code: 'SELFHEAL_LIMIT_FULL' })
  for (const end of ends) end()
  await w.clock.advance(0)
  assert.equal(g.limit!.running(), 0)
  assert.equal(most, 2)
})

test('who waits is served in the order of coming, in its own async context, and one that gives up makes way', async () => {
  const w = world()
  const als = new AsyncLocalStorage<string>()
  const l = limit({ name: 'one', max: 1, queue: 10, ...w })
  let end!: () => void
  const seen: (string | undefined)[] = []
  const first = l.run(() => new Promise<void>(resolve => (end = resolve)))
  const caller = new AbortController()
  const queued = ['a', 'b', 'c'].map(name =>
    als.run(name, () => l.run(() => void seen.push(als.getStore()), name === 'b' ? { signal: caller.signal } : {})),
  )
  caller.abort()
  await assert.rejects(queued[1]!, { code: 'SELFHEAL_ABORTED', ran: 'no' })
  assert.equal(l.waiting(), 2)
  end()
  await Promise.all([first, queued[0], queued[2]])
  assert.deepEqual(seen, ['a', 'c'])
  assert.equal(l.running(), 0)
})

test('a limit that is resized lets in who waits', async () => {
  const l = limit({ name: 'pool', max: 1, queue: 5 })
  const ends: (() => void)[] = []
  const calls = [1, 2, 3].map(() => l.run(() => new Promise<void>(resolve => void ends.push(resolve))))
  assert.equal(l.running(), 1)
  l.resize(3)
  await new Promise(setImmediate)
  assert.equal(ends.length, 3)
  for (const end of ends) end()
  await Promise.all(calls)
  assert.equal(l.running(), 0)
})

test('every fault of the options is told at once', () => {
  const wrong = { name: '', deadline: 'soon', retry: { attempts: 0 }, breaker: { failureRate: 2, colour: 1 }, limit: -1 }
  assert.throws(
    () => guard(wrong as unknown as GuardOptions),
    error => {
      assert.ok(isConfigError(error))
      assert.deepEqual(
        error.faults.map(f => f.at),
        ['name', 'deadline', 'retry.attempts', 'breaker.colour', 'breaker.failureRate', 'limit.max'],
      )
      return true
    },
  )
})
