import assert from 'node:assert/strict'
import diagnostics from 'node:diagnostics_channel'
import { test } from 'node:test'
import { createEvents, isConfigError, type RejectedError } from '../core/index.ts'
import { manualClock } from '../testing/index.ts'
import {
  ageOf,
  breaker,
  configureGuards,
  type FaultOn,
  fallback,
  fault,
  faultsOff,
  guard,
  hedge,
  limit,
  rate,
  registry,
  stale,
} from './index.ts'

const world = () => {
  const clock = manualClock()
  return { clock, events: createEvents({ clock }), random: () => 0.5 }
}
const hang = () => new Promise<never>(() => {})
const broken = () => Promise.reject(new Error('broken'))
const outcome = <T>(promise: Promise<T>) =>
  promise.then(
    value => ({ value, error: undefined }),
    error => ({ value: undefined, error: error as RejectedError }),
  )

test('a rate lets so many begin in a stretch, and says when to come back', async () => {
  const w = world()
  const r = rate({ name: 'mail', max: 5, per: '1s', ...w })
  for (let i = 0; i < 5; i++) assert.equal(await r.run(() => i), i)
  const { error } = await outcome(r.run(() => 6))
  assert.deepEqual([error!.code, error!.retryAfterMs, error!.ran], ['SELFHEAL_RATE_LIMITED', 200, 'no'])
  await w.clock.advance(200)
  assert.equal(await r.run(() => 7), 7)
  assert.equal(await r.run(() => 8, { key: 'another' }), 8)
})

test('a fallback answers when the call has failed; what is the caller’s own is not covered up; a failing fallback leaves the first error', async () => {
  const w = world()
  const f = fallback({ name: 'prices', to: error => `instead of ${(error as Error).message}`, ...w })
  assert.equal(await f.run(broken as () => Promise<unknown>), 'instead of broken')
  const mine = Object.assign(new Error('wrong'), { status: 422 })
  assert.equal((await outcome(f.run(() => Promise.reject(mine)))).error, mine as never)
  const worse = fallback({ name: 'prices', to: () => Promise.reject(new Error('worse')), ...w })
  assert.equal((await outcome(worse.run(broken))).error!.message, 'broken')
  const slow = fallback({ name: 'prices', to: hang, within: '1s', ...w })
  const late = outcome(slow.run(broken))
  await w.clock.advance(1_000)
  assert.equal((await late).error!.message, 'broken')
})

test('an old answer is given when the call has failed, flagged with its age, up to its bound', async () => {
  const w = world()
  let up = true
  const s = stale({ name: 'prices', maxAge: '1m', ...w })
  const ask = () => s.run(() => (up ? { price: 7 } : broken()), { key: 'book' })
  const fresh = ask()
  assert.deepEqual(await fresh, { price: 7 })
  assert.equal(ageOf(fresh), undefined)
  up = false
  await w.clock.advance(30_000)
  const old = ask()
  assert.deepEqual(await old, { price: 7 })
  assert.equal(ageOf(old), 30_000)
  assert.equal((await outcome(s.run(broken, { key: 'other' }))).error!.message, 'broken')
  await w.clock.advance(31_000)
  assert.equal((await outcome(ask())).error!.message, 'broken')
  const marked = stale({ name: 'prices', mark: (value, ageMs) => ({ ...(value as object), ageMs }), ...w })
  await marked.run(() => ({ price: 7 }))
  await w.clock.advance(5)
  assert.deepEqual(await marked.run(broken as () => Promise<unknown>), { price: 7, ageMs: 5 })
})

test('a value that is a failure, as a Response of 503, is not remembered as good, and is answered by what was', async () => {
  const w = world()
  const s = stale({ name: 'api', ...w })
  const good = new Response('fresh')
  assert.equal(await s.run(() => good), good)
  assert.equal(await s.run(() => new Response('', { status: 503 })), good)
  const missing = new Response('', { status: 404 })
  assert.equal(await s.run(() => missing), missing)
  const f = fallback({ name: 'api', to: bad => `instead of ${(bad as Response).status}`, ...w })
  assert.equal(await f.run<unknown>(() => new Response('', { status: 500 })), 'instead of 500')
})

test('a late idempotent call is asked again beside the first; the loser is given up; others are never hedged', async () => {
  const w = world()
  const h = hedge({ name: 'read', after: 50, ...w })
  const signals: AbortSignal[] = []
  const work = (call: { signal: AbortSignal }) => {
    signals.push(call.signal)
    return signals.length === 1 ? hang() : 'second'
  }
  const hedged = h.run(work, { idempotent: true })
  await w.clock.advance(50)
  assert.equal(await hedged, 'second')
  assert.deepEqual(
    signals.map(s => s.aborted),
    [true, false],
  )
  signals.length = 0
  void outcome(h.run(work))
  await w.clock.advance(500)
  assert.equal(signals.length, 1)
})

test('all of them in one guard: the gates see every try, and the shapes what is left', async () => {
  const w = world()
  const g = guard({
    name: 'prices',
    fallback: () => 'none',
    stale: { maxAge: '1m' },
    hedge: { after: 50 },
    retry: { attempts: 2 },
    ...w,
  })
  assert.equal(await g.run(() => 'fresh'), 'fresh')
  const old = g.run(broken as () => Promise<string>)
  assert.equal(await old, 'fresh')
  await w.clock.advance(61_000)
  assert.equal(await g.run(broken as () => Promise<string>), 'none')
  const { counts } = g.snapshot() as { counts: Record<string, number> }
  assert.deepEqual([counts['ok'], counts['failed'], counts['fallbacks']], [1, 2, 1])
})

test('a higher priority waits in front, and the newest of the lowest gives way when the queue is full', async () => {
  const w = world()
  const l = limit({ name: 'one', max: 1, queue: 2, ...w })
  const first = Promise.withResolvers<void>()
  const done: string[] = []
  const run = (name: string, priority: 'critical' | 'default' | 'background') =>
    outcome(l.run(() => void done.push(name), { priority }))
  const a = l.run(() => first.promise)
  const b = run('b', 'background')
  const c = run('c', 'default')
  const d = run('d', 'critical')
  assert.equal((await b).error!.code, 'SELFHEAL_LIMIT_SHED')
  assert.equal((await run('e', 'background')).error!.code, 'SELFHEAL_LIMIT_FULL')
  first.resolve()
  await Promise.all([a, c, d])
  assert.deepEqual(done, ['d', 'c'])
})

test('in a queue that stands, who waited too long goes, and the newest is served', async () => {
  const w = world()
  const l = limit({ name: 'pool', max: 2, queue: 20, ...w })
  const results: string[] = []
  let n = 0
  const arrive = () => {
    const name = n++
    void l
      .run(() => new Promise<void>(resolve => void w.clock.after(50, resolve)))
      .then(
        () => results.push(`${name} ok`),
        error => results.push(`${name} ${(error as RejectedError).code}`),
      )
  }
  for (let ms = 0; ms < 2_000; ms += 10) {
    arrive()
    await w.clock.advance(10)
  }
  await w.clock.advance(5_000)
  const shed = results.filter(result => result.endsWith('SHED')).length
  const ok = results.filter(result => result.endsWith('ok')).length
  assert.ok(shed > 20, `${shed} shed`)
  assert.ok(ok >= 70, `${ok} served of the 80 that fit`)
  assert.equal(l.running(), 0)
})

test('the adaptive limit shrinks when latency grows or calls are cut, and grows back only when it is used', async () => {
  const w = world()
  const l = guard({ name: 'api', breaker: false, retry: false, timeout: 400, limit: { queue: 0 }, ...w })
  const load = async (seconds: number, tookMs: number, atOnce: number) => {
    for (let i = 0; i < (seconds * 1_000) / 50; i++) {
      while (l.limit!.running() < Math.min(atOnce, l.limit!.max()))
        void outcome(l.run(() => new Promise<void>(resolve => void w.clock.after(tookMs, resolve))))
      await w.clock.advance(50)
    }
    await w.clock.advance(1_000)
  }
  assert.equal(l.limit!.max(), 20)
  await load(2, 50, 2)
  assert.equal(l.limit!.max(), 20, 'unused, it does not grow')
  await load(5, 50, 100)
  const grown = l.limit!.max()
  assert.ok(grown > 30, `grew to ${grown}`)
  await load(5, 300, 200)
  const shrunk = l.limit!.max()
  assert.ok(shrunk < grown, `${grown} → ${shrunk}`)
  await load(5, 2_000, 200)
  assert.ok(l.limit!.max() < shrunk / 1.5, `from ${shrunk} cut down to ${l.limit!.max()}`)
})

test('a fault is off until it is said on, for a time, by someone, for a reason; it ends by itself, and by one switch', async () => {
  const w = world()
  const f = fault({ name: 'db-fault', ...w })
  const g = guard({ name: 'db', fault: f, retry: false, ...w })
  assert.equal(await g.run(() => 1), 1)
  const bad = [
    { error: true },
    { error: true, for: '2h', by: 'ada', why: 'drill' },
    { error: true, latency: 5, for: '1m', by: 'a', why: 'b' },
  ]
  for (const what of bad) assert.throws(() => f.on(what as unknown as FaultOn), isConfigError)
  f.on({ error: true, for: '1m', by: 'ada', why: 'drill' })
  assert.equal((await outcome(g.run(() => 1))).error!.code, 'SELFHEAL_FAULT_INJECTED')
  assert.deepEqual(f.state(), { kind: 'error', leftMs: 60_000, rate: 1, by: 'ada', why: 'drill' })
  await w.clock.advance(60_000)
  assert.equal(await g.run(() => 1), 1)
  assert.equal(f.state(), undefined)
  f.on({ outcome: 'wrong', for: '1m', scope: call => call.key === 'eu', by: 'ada', why: 'drill' })
  assert.deepEqual([await g.run(() => 'right'), await g.run(() => 'right', { key: 'eu' })], ['right', 'wrong'])
  f.on({ latency: 100, for: '1m', by: 'ada', why: 'drill' })
  const slow = g.run(() => 'late')
  await w.clock.advance(100)
  assert.equal(await slow, 'late')
  const undo = f.on({ latency: 'infinity', for: '1m', by: 'ada', why: 'drill' })
  const hung = outcome(g.run(() => 1, { deadline: 500 }))
  await w.clock.advance(500)
  assert.equal((await hung).error!.code, 'SELFHEAL_DEADLINE_EXCEEDED')
  undo()
  assert.equal(await g.run(() => 1), 1)
  f.on({ behaviour: () => Promise.reject(new Error('socket closed')), for: '1m', by: 'ada', why: 'drill' })
  assert.equal((await outcome(g.run(() => 1))).error!.message, 'socket closed')
  assert.equal(faultsOff(), 1)
  assert.equal(await g.run(() => 1), 1)
})

test('production refuses a fault, unless it is told twice', t => {
  const was = process.env['NODE_ENV']
  t.after(() => {
    if (was === undefined) delete process.env['NODE_ENV']
    else process.env['NODE_ENV'] = was
    faultsOff()
  })
  process.env['NODE_ENV'] = 'production'
  const on: FaultOn = { error: true, for: '1m', by: 'ada', why: 'drill' }
  assert.throws(() => fault({ name: 'a' }).on(on), /production/)
  assert.doesNotThrow(() => fault({ name: 'b', inProduction: true }).on(on))
})

test('the registry has every policy by its name, its state and its verbs', async () => {
  const w = world()
  const g = guard({ name: 'shop/payments', ...w })
  assert.equal(registry.get('shop/payments'), g as never)
  const twin = guard({ name: 'shop/payments', ...w })
  assert.equal(twin.path, 'shop/payments~2')
  for (let i = 0; i < 10; i++) await outcome(g.run(broken))
  const seen = JSON.parse(JSON.stringify(g.snapshot())) as {
    breaker: { cells: { state: string }[]; transitions: { why: string }[] }
  }
  assert.equal(seen.breaker.cells[0]!.state, 'open')
  assert.equal(seen.breaker.transitions[0]!.why, '10 of 10 calls failed')
  const who = { by: 'ada', why: 'looked at it' }
  await g.verbs!['reset']!({}, who)
  assert.equal(g.breaker!.state(), 'closed')
  await g.verbs!['isolate']!({}, { ...who, until: w.clock.wall() + 60_000 })
  assert.equal((await outcome(g.run(() => 1))).error!.code, 'SELFHEAL_BREAKER_ISOLATED')
  await w.clock.advance(60_000)
  assert.equal(await g.run(() => 1), 1)
  await g.verbs!['force']!({ state: 'open' }, who)
  assert.equal(g.breaker!.state(), 'open')
  assert.ok(g.settings!().some(({ name, valueMs }) => name === 'deadline' && valueMs === 10_000))
  await g.verbs!['resize']!({ max: 3 }, who)
  assert.equal(g.limit!.max(), 3)
})

test('options change at run time without losing state, all of them or none', async () => {
  const w = world()
  const g = guard({ name: 'db', limit: 2, breaker: { calls: 10 }, ...w })
  for (let i = 0; i < 9; i++) await outcome(g.run(broken))
  const held = Promise.withResolvers<void>()
  const running = g.run(() => held.promise)
  assert.throws(() => g.change({ deadline: 'soon' as never, breaker: { calls: 0 } }), isConfigError)
  assert.throws(() => g.change({ limit: false }), /can’t be added, left out/)
  g.change({ deadline: '2s', breaker: { open: '1s' }, limit: 5 })
  assert.deepEqual([g.limit!.running(), g.limit!.max()], [1, 5])
  await outcome(g.run(broken))
  assert.equal(g.breaker!.state(), 'open', 'the nine failures are still known')
  held.resolve()
  await running
  await w.clock.advance(1_000)
  assert.equal(await g.run(() => 1), 1)
  assert.equal(g.settings!().find(({ name }) => name === 'deadline')!.valueMs, 2_000)
})

test('the file says more than the code: for guards that exist and for those to come; every fault of all guards at once', () => {
  const w = world()
  const before = guard({ name: 'stripe', ...w })
  assert.throws(
    () => configureGuards({ stripe: { timeout: 'soon', colour: 1 }, mail: { retry: { attempts: 0 }, clock: 1 } }),
    error => {
      assert.ok(isConfigError(error))
      assert.deepEqual(
        error.faults.map(({ at }) => at),
        ['guards.stripe.colour', 'guards.stripe.timeout', 'guards.mail.clock', 'guards.mail.retry.attempts'],
      )
      return true
    },
  )
  const deadlineOf = (g: typeof before) => g.settings!().find(({ name }) => name === 'deadline')!.valueMs
  assert.equal(deadlineOf(before), 10_000)
  configureGuards({ stripe: { deadline: '4s' }, mail: { deadline: '3s' } })
  assert.deepEqual([deadlineOf(before), deadlineOf(guard({ name: 'mail', deadline: '9s', ...w }))], [4_000, 3_000])
})

test('a breaker that is probed from outside opens and comes back as it is told, and is a need', async () => {
  const w = world()
  const b = breaker({ name: 'db', probes: 'outside', ...w })
  const need = b.need()
  const told: string[] = []
  need.watch(now => told.push(`${now.usable} ${now.state}`))
  b.trip('its probe failed', { because: 'boot.7' })
  assert.equal(need.reading().usable, 'none')
  assert.equal(need.reading().causes[0]!.says, 'its probe failed')
  await w.clock.advance(3_600_000)
  assert.equal((await outcome(b.run(() => 1))).error!.code, 'SELFHEAL_BREAKER_OPEN')
  b.restore({ why: 'two probes passed' })
  assert.equal(b.state(), 'ramping')
  assert.equal(need.reading().usable, 'full')
  assert.deepEqual(told, ['none open', 'full ramping'])
})

test('a guard and its neighbour may share one breaker and one limit', async () => {
  const w = world()
  const b = breaker({ name: 'db', key: 'db', ...w })
  const l = limit({ name: 'db', key: 'db', max: 1, queue: 0, ...w })
  const [read, write] = [
    guard({ name: 'read', breaker: b, limit: l, ...w }),
    guard({ name: 'write', key: 'db', breaker: b, limit: l, ...w }),
  ]
  const held = Promise.withResolvers<void>()
  const running = read.run(() => held.promise, { key: 'db' })
  assert.equal((await outcome(write.run(() => 1))).error!.code, 'SELFHEAL_LIMIT_FULL')
  held.resolve()
  await running
  b.isolate('moved')
  assert.equal((await outcome(write.run(() => 1))).error!.code, 'SELFHEAL_BREAKER_ISOLATED')
})

test('what happens to single calls is on diagnostics_channel', async t => {
  const w = world()
  const seen: unknown[] = []
  const heard = (message: unknown) => void seen.push(message)
  diagnostics.subscribe('selfheal.retry.scheduled', heard)
  diagnostics.subscribe('selfheal.call.refused', heard)
  t.after(() => {
    diagnostics.unsubscribe('selfheal.retry.scheduled', heard)
    diagnostics.unsubscribe('selfheal.call.refused', heard)
  })
  const g = guard({ name: 'db', ...w })
  const down = outcome(g.run(() => Promise.reject(Object.assign(new Error('x'), { code: 'ECONNREFUSED' }))))
  await w.clock.advance(1_000)
  await down
  g.breaker!.isolate('x')
  await outcome(g.run(() => 1))
  assert.deepEqual(
    (seen as { guard: string; attempt?: number; code?: string }[]).map(({ guard, attempt, code }) => [guard, attempt ?? code]),
    [
      ['db', 1],
      ['db', 2],
      ['db', 'SELFHEAL_BREAKER_ISOLATED'],
    ],
  )
})
