// Failover against two payment providers as real processes, through their official SDKs: the ten behaviours, one test each and more.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import type { Mode } from '../../examples/marketplace/payments/switchboard.ts'
import { createEvents, type Event } from '../../src/core/index.ts'
import {
  type Failover,
  type FailoverOptions,
  failover,
  type Intent,
  isDeclined,
  isPending,
  type Ledger,
  memoryLedger,
  type Paid,
  type Payment,
} from '../../src/failover/index.ts'
import { braintreeAt, type Simulator, simulator, stripeAt } from './failover/kit.ts'

let a: Simulator
let b: Simulator
before(async () => {
  ;[a, b] = await Promise.all([simulator('stripe'), simulator('braintree')])
})
after(() => Promise.all([a.stop(), b.stop()]))

let amounts = 1_000

interface Shop {
  readonly f: Failover<Payment, Paid>
  readonly events: Event[]
  readonly decided: Intent[]
  readonly ledger: Ledger
  /** An amount that no other test uses, and how the providers meet it. */
  order(atA?: readonly Mode[], atB?: readonly Mode[], ms?: number): Promise<number>
  pay(amount: number, more?: object): Promise<Paid>
  told(name: string): readonly Event[]
}

function shop(
  t: { after(fn: () => unknown): void },
  options: Partial<FailoverOptions<Payment, Paid>> = {},
  settles = 150,
  reconciles = true,
): Shop {
  const events = createEvents()
  const seen: Event[] = []
  const decided: Intent[] = []
  events.on('*', event => void seen.push(event))
  const ledger = options.ledger ?? memoryLedger()
  const f = failover<Payment, Paid>('payments', {
    providers: [stripeAt(a.port, { settles }), braintreeAt(b.port, { settles })],
    ledger,
    events,
    deadline: '2s',
    attempt: 400,
    every: 30,
    rules: { braintree: { keepAlive: 0 } },
    failures: 1_000,
    decided: intent => void decided.push(intent),
    ...options,
  })
  const stop = new AbortController()
  const life = reconciles ? f.reconcile({ signal: stop.signal }) : undefined
  t.after(async () => {
    stop.abort()
    await life
  })
  return {
    f,
    events: seen,
    decided,
    ledger,
    async order(atA = ['ok'], atB = ['ok'], ms = 1_000) {
      const amount = ++amounts
      await Promise.all([a.switch({ amount, modes: atA, ms }), b.switch({ amount, modes: atB, ms })])
      return amount
    },
    pay: (amount, more = {}) => f.call('charge', paymentOf(amount), { key: `order-${amount}`, ...more }),
    told: name => seen.filter(event => event.name === name),
  }
}

const paymentOf = (amount: number): Payment => ({
  amount,
  currency: 'eur',
  method: { stripe: 'pm_card_visa', braintree: 'fake-valid-nonce' },
})
const at = async (sim: Simulator, amount: number) =>
  (await sim.books()).filter(one => one.amount === amount && one.state === 'paid')
const charges = async (amount: number) => [(await at(a, amount)).length, (await at(b, amount)).length]
const keyOf = (amount: number) => `order-${amount}`

async function until(what: string, fn: () => boolean | Promise<boolean>): Promise<void> {
  for (const end = performance.now() + 30_000; !(await fn()); await wait(20))
    if (performance.now() > end) throw new Error(`waited in vain for ${what}`)
}
const decidedAs = (s: Shop, amount: number) =>
  until(`${amount} to be decided`, () => s.decided.some(one => one.key === keyOf(amount)))

test('1. what was surely not sent goes to the next provider at once, in the same call', async t => {
  const s = shop(t)
  const amount = await s.order(['refuse'])
  assert.equal((await s.pay(amount)).provider, 'braintree')
  assert.deepEqual(await charges(amount), [0, 1])
  assert.equal(s.told('failover.passed_on').length, 1)
})

test('1b. a provider that nobody listens for is left after a few calls, and is not asked again until it is well', async t => {
  const s = shop(t, { failures: 2, minStay: 200, ramp: 1 })
  await a.switch({ mode: 'down' })
  try {
    for (let n = 0; n < 5; n++) assert.equal((await s.pay(await s.order())).provider, 'braintree')
  } catch (error) {
    if (!/fetch failed/.test(String(error))) throw error
  } finally {
    await a.switch({ mode: 'ok' })
  }
  assert.equal(s.told('failover.passed_on').length, 2, 'two met it; the others went straight to the backup')
  assert.equal(s.told('failover.switched').length, 1)
  await until('its return', () => s.told('failover.returned').length > 0)
  assert.equal((await s.pay(await s.order())).provider, 'stripe')
})

test('2. a refused card is the answer: no other provider is asked, and nobody’s standing suffers', async t => {
  const s = shop(t, { failures: 1 })
  const amount = await s.order(['decline'])
  await assert.rejects(s.pay(amount), error => isDeclined(error) && error.provider === 'stripe' && error.cause !== undefined)
  assert.deepEqual(await charges(amount), [0, 0])
  assert.equal((await s.pay(await s.order())).provider, 'stripe')
  await assert.rejects(s.pay(amount), isDeclined, 'the same key, the same answer')
  const other = await s.order(['refuse'], ['decline'])
  await assert.rejects(s.pay(other), error => isDeclined(error) && error.provider === 'braintree')
})

test('2b. "the bank could not be reached" is definitely not done, and not the customer’s fault: the next provider', async t => {
  const s = shop(t, { providers: [braintreeAt(b.port), stripeAt(a.port)] })
  const amount = await s.order(['ok'], ['unavailable'])
  assert.equal((await s.pay(amount)).provider, 'stripe')
  assert.deepEqual(await charges(amount), [1, 0])
})

for (const mode of ['charge-then-reset', 'charge-then-hang', 'charge-then-error', 'late-answer'] as const)
  test(`3. ${mode}: the same provider with the same key, or a look-up; one charge`, async t => {
    const s = shop(t)
    const amount = await s.order([mode])
    assert.equal((await s.pay(amount)).provider, 'stripe')
    assert.deepEqual(await charges(amount), [1, 0])
  })

for (const mode of ['charge-then-reset', 'charge-then-hang', 'charge-then-error'] as const)
  test(`3. ${mode} at a provider without keys: it is looked up, never sent twice`, async t => {
    const s = shop(t)
    const amount = await s.order(['refuse'], [mode])
    assert.equal((await s.pay(amount)).provider, 'braintree')
    assert.deepEqual(await charges(amount), [0, 1])
  })

test('3b. what can’t be told yet is parked as pending, never given to another, and decided in the background', async t => {
  const s = shop(t, { deadline: 500, attempt: 200 }, 500)
  const amount = await s.order(['refuse'], ['hang'])
  await assert.rejects(s.pay(amount), error => isPending(error) && error.ran === 'maybe')
  assert.equal((await s.f.look(keyOf(amount)))?.state, 'pending')
  assert.equal(s.told('failover.parked').length, 1)
  await decidedAs(s, amount)
  assert.equal(s.decided[0]!.state, 'not_done')
  assert.deepEqual(await charges(amount), [0, 0])
})

test('3c. charged after everybody stopped waiting: pending, then decided as paid', async t => {
  const s = shop(t, { deadline: 400, attempt: 150 }, 2_000)
  const amount = await s.order(['ok'], ['slow-then-charge'], 700)
  await s.f.verbs!['drain']!({ provider: 'stripe' }, { by: 'test', why: 'the other one' })
  await assert.rejects(s.pay(amount), isPending)
  await decidedAs(s, amount)
  assert.deepEqual([s.decided[0]!.state, s.decided[0]!.owner], ['ok', 'braintree'])
  assert.deepEqual(await charges(amount), [0, 1])
})

test('4. the same key with other parameters is refused here, before anything is sent', async t => {
  const s = shop(t)
  const amount = await s.order()
  await s.pay(amount)
  await assert.rejects(s.f.call('charge', paymentOf(amount + 500_000), { key: keyOf(amount) }), {
    code: 'SELFHEAL_FAILOVER_KEY_REUSED',
    ran: 'no',
  })
  const [first, second] = [await s.order(['slow']), await s.order()]
  const running = s.f.call('charge', paymentOf(first), { key: 'both' })
  await assert.rejects(s.f.call('charge', paymentOf(second), { key: 'both' }), { code: 'SELFHEAL_FAILOVER_KEY_REUSED' })
  await running.catch(() => {})
})

test('4b. a double click is one intent, and both get the same answer; asked again later, too', async t => {
  const s = shop(t)
  const amount = await s.order(['slow'], ['ok'], 100)
  const [one, two] = await Promise.all([s.pay(amount), s.pay(amount)])
  assert.deepEqual(one, two)
  assert.deepEqual(await s.pay(amount), one)
  assert.deepEqual(await charges(amount), [1, 0])
})

test('4c. another machine that shares the ledger waits for the one that is at it, and gives its answer', async t => {
  const ledger = memoryLedger()
  const [one, two] = [shop(t, { ledger }), shop(t, { ledger })]
  const amount = await one.order(['slow'], ['ok'], 200)
  const [first, second] = await Promise.all([one.pay(amount), two.pay(amount)])
  assert.deepEqual(first, second)
  assert.deepEqual(await charges(amount), [1, 0])
})

test('5. a key near its end is never sent again: it is only looked up', async t => {
  const providers = [stripeAt(a.port, { keyTtl: 300, settles: 50 })]
  const s = shop(t, { providers, rules: {}, deadline: 250, attempt: 100 }, 50)
  const amount = await s.order(['charge-then-hang', 'charge-then-hang', 'charge-then-hang'])
  await s.pay(amount).catch(() => {})
  await a.post('prune')
  await until('the end', async () => (await s.f.look(keyOf(amount)))?.state === 'ok')
  await wait(350)
  const tries = (await s.f.look(keyOf(amount)))!.attempts
  assert.ok(tries.every(one => one.at < tries[0]!.at + 300))
  assert.deepEqual(await charges(amount), [1, 0])
})

test('6. one retry loop: the SDK does not try again by itself', async t => {
  const s = shop(t, { providers: [stripeAt(a.port)], rules: {} })
  const amount = await s.order(['error', 'ok'])
  await s.pay(amount).catch(() => {})
  const intent = (await s.f.look(keyOf(amount)))!
  assert.ok(intent.attempts.length >= 2, 'each try is one of ours, and written down')
})

test('6b. "refused" after the SDK’s own try at a closed connection proves nothing', async t => {
  // It charges and cuts, then nobody listens: the second try, the SDK's own, is refused.
  const amount = ++amounts
  const s = shop(t, {}, 150, false)
  await a.switch({ amount, modes: ['charge-then-reset'] })
  const paying = s.pay(amount)
  await until('the charge', async () => (await at(a, amount)).length === 1)
  await a.switch({ mode: 'down' })
  const ended = await paying.then(
    paid => paid.provider,
    error => (isPending(error) ? 'pending' : String(error)),
  )
  await a.switch({ mode: 'ok' })
  assert.ok(ended === 'pending' || ended === 'stripe', ended)
  assert.deepEqual(await charges(amount), [1, 0])
})

test('7. a refund, capture or void goes to the provider that owns the payment, whoever is first now', async t => {
  const s = shop(t)
  const amount = await s.order(['refuse'])
  await s.pay(amount)
  const refund = await s.f.call('refund', { amount, currency: 'eur' }, { key: `refund-${amount}`, of: keyOf(amount) })
  assert.deepEqual([refund.provider, refund.state], ['braintree', 'refunded'])
  const held = await s.order()
  const hold = await s.f.call('authorize', paymentOf(held), { key: keyOf(held) })
  assert.equal(hold.state, 'authorized')
  await s.f.verbs!['force']!({ provider: 'braintree' }, { by: 'test', why: 'switch' })
  const captured = await s.f.call('capture', { amount: held, currency: 'eur' }, { key: `capture-${held}`, of: keyOf(held) })
  assert.deepEqual([captured.provider, captured.state], ['stripe', 'paid'])
  const voided = await s.order()
  await s.f.call('authorize', paymentOf(voided), { key: keyOf(voided) })
  assert.equal(
    (await s.f.call('void', { amount: voided, currency: 'eur' }, { key: `void-${voided}`, of: keyOf(voided) })).state,
    'voided',
  )
  await assert.rejects(s.f.call('refund', { amount, currency: 'eur' }, { key: 'refund-none', of: 'order-none' }), {
    code: 'SELFHEAL_FAILOVER_NO_OWNER',
    ran: 'no',
  })
})

test('8. all providers share one deadline; when nothing takes it, it is surely not done, and may be asked again', async t => {
  const s = shop(t, { deadline: 300 })
  const amount = await s.order(['refuse', 'ok'], ['refuse'])
  await assert.rejects(s.pay(amount), { code: 'SELFHEAL_FAILOVER_NOT_DONE', ran: 'no' })
  assert.equal((await s.pay(amount)).provider, 'stripe')
  assert.deepEqual(await charges(amount), [1, 0])
})

test('8b. the backup has a cap on calls at the same time', async t => {
  const s = shop(t, { rules: { braintree: { cap: 1, keepAlive: 0 } }, deadline: '5s', attempt: '2s' })
  await s.f.verbs!['force']!({ provider: 'braintree' }, { by: 'test', why: 'cap' })
  const [one, two] = [await s.order(['ok'], ['slow'], 300), await s.order()]
  const paid = await Promise.all([s.pay(one), s.pay(two)])
  assert.deepEqual(paid.map(each => each.provider).sort(), ['braintree', 'stripe'])
})

test('10. two successes are an alarm with a void offered, and the void is made when it is asked for', async t => {
  const s = shop(t)
  await a.post('keys', { honoured: false })
  const amount = await s.order(['charge-then-reset', 'ok', 'ok'])
  await s.pay(amount)
  await a.post('keys', { honoured: true })
  assert.ok((await at(a, amount)).length > 1, 'this provider does not honour its keys')
  await until('the alarm', () => s.told('failover.done_twice').length > 0)
  assert.equal(s.told('failover.done_twice')[0]!.level, 'alarm')
  await until(
    'all of it to be known',
    async () => (await s.f.look(keyOf(amount)))!.twice.length === (await at(a, amount)).length - 1,
  )
  await s.f.verbs!['void']!({ key: keyOf(amount) }, { by: 'test', why: 'it is there twice' })
  assert.deepEqual(await charges(amount), [1, 0])
})

test('10b. by policy the void is made at once', async t => {
  const s = shop(t, { twice: 'void' })
  await a.post('keys', { honoured: false })
  const amount = await s.order(['charge-then-reset', 'ok', 'ok'])
  await s.pay(amount)
  await a.post('keys', { honoured: true })
  await until('the void', async () => (await charges(amount))[0] === 1)
  assert.ok(s.told('failover.done_twice').some(event => event.level === 'alarm'))
})

test('a webhook may be the proof, and said twice it changes nothing', async t => {
  const s = shop(t, { deadline: 300, attempt: 100 }, 60_000, false)
  const amount = await s.order(['refuse'], ['charge-then-hang'])
  await b.switch({ amount, modes: ['charge-then-hang'] })
  const stop = await s.pay(amount).then(
    paid => paid,
    error => error,
  )
  const [charge] = await at(b, amount)
  const value: Paid = { id: charge!.id, provider: 'braintree', state: 'paid', amount, currency: 'eur' }
  for (let n = 0; n < 2; n++) assert.equal(await s.f.saw('braintree', charge!.key, value), true)
  const intent = (await s.f.look(keyOf(amount)))!
  assert.deepEqual([intent.state, intent.owner, intent.twice.length], ['ok', 'braintree', 0], String(stop))
  assert.equal(await s.f.saw('braintree', 'nobody-s-key', value), false)
})
