// Payments: the first provider down, and one that charges and then says nothing. Money moves once, whatever is heard of it.
import { createHash } from 'node:crypto'
import { type Break, calls, connection, custom, killed, reloaded, type Scenario, type Stage, scenario } from 'selfheal/drill'
import { journeys } from './journeys.ts'

type Simulator = 'STRIPE_ADMIN' | 'BRAINTREE_ADMIN'

/** A simulator that hangs must not hold a drill. */
const soon = () => AbortSignal.timeout(10_000)

/** A simulator behaves in another way, until it is healed. */
const behaves = (provider: Simulator, mode: string): Break =>
  custom(`${provider === 'STRIPE_ADMIN' ? 'provider-a' : 'provider-b'}: ${mode}`, async (stage, forMs) => {
    const url = `http://127.0.0.1:${(await stage.env('app'))[provider]}/switch`
    // Its own time to live: a drill that was killed leaves nobody switched.
    await fetch(url, { method: 'POST', body: JSON.stringify({ mode, ttlMs: forMs }), signal: soon() })
    return async () => void (await fetch(url, { method: 'POST', body: JSON.stringify({ mode: 'ok' }), signal: soon() }))
  })

interface Charge {
  readonly state: string
  readonly key: string
  readonly refundOf?: string
}

/** What the providers' own books say: an order that was charged more than once, by one of them or by both. */
async function paidTwice(stage: Stage): Promise<readonly string[]> {
  const env = await stage.env('app')
  const charged = async (provider: string, admin: string | undefined) => {
    const charges = (await (await fetch(`http://127.0.0.1:${admin}/books`, { signal: soon() })).json()) as Charge[]
    return charges.filter(one => one.state === 'paid' && one.refundOf === undefined).map(one => `${provider} ${one.key}`)
  }
  const paid = [...(await charged('stripe', env.STRIPE_ADMIN)), ...(await charged('braintree', env.BRAINTREE_ADMIN))]
  // Each provider knows an order by a key of its own, made of ours.
  const orderOf = new Map<string, string>()
  for (let order = 1; order < paid.length * 4 + 100; order++)
    for (const provider of ['stripe', 'braintree']) orderOf.set(`${provider} ${keyAt(provider, order)}`, `order ${order}`)
  const orders = paid.map(one => orderOf.get(one) ?? one)
  return [...new Set(orders.filter((one, i) => orders.indexOf(one) !== i))]
}

const keyAt = (provider: string, order: number) =>
  createHash('sha256')
    .update(JSON.stringify(['payments', `order-${order}`, provider]))
    .digest('hex')
    .slice(0, 40)

const promises = [
  'availability of browse ≥ 99.5 %',
  'availability of buy ≥ 95 %',
  'recover ≤ 5 s',
  'restarts = 0',
  'double effects = 0',
  'acknowledged writes lost = 0',
]

export const providerDown: Scenario = scenario({
  name: 'provider-down',
  says: 'The first payment provider is killed, and then refuses everybody for six seconds: orders go on through the second.',
  faults: [
    { at: '2s', break: killed('provider-a') },
    { at: '6s', break: behaves('STRIPE_ADMIN', 'down'), for: '6s' },
  ],
  duration: '16s',
  promises,
  heals: ['failover'],
  journeys,
  doubled: paidTwice,
})

export const callsFail: Scenario = scenario({
  name: 'calls-fail',
  says: 'Every call of the first provider fails inside the app, surely not done, for six seconds: orders go on through the second.',
  faults: [{ at: '2s', break: calls('stripe-calls', { error: true }), for: '6s' }],
  duration: '14s',
  promises,
  heals: ['failover'],
  journeys,
  doubled: paidTwice,
})

export const chargedThenSilent: Scenario = scenario({
  name: 'provider-unknown',
  says: 'The first provider charges, and then never answers: nobody is charged twice, and each order is decided.',
  faults: [{ at: '2s', break: behaves('STRIPE_ADMIN', 'charge-then-hang'), for: '5s' }],
  duration: '20s',
  timeout: '15s',
  rate: 8,
  promises: [
    'availability of browse ≥ 99.5 %',
    'restarts = 0',
    'double effects = 0',
    'acknowledged writes lost = 0',
    'recover ≤ 8 s',
  ],
  journeys,
  doubled: paidTwice,
})

export const providerDownReload: Scenario = scenario({
  name: 'provider-down-reload',
  says: 'The first provider is refused, and a new life of the app is asked for meanwhile.',
  faults: [
    { at: '2s', break: connection('provider-a', { name: 'down' }), for: '8s' },
    { at: '5s', break: reloaded('app') },
  ],
  duration: '18s',
  promises,
  heals: ['failover'],
  journeys,
  doubled: paidTwice,
})

export const twoAtOnce: Scenario = scenario({
  name: 'database-and-provider',
  says: 'Two dependencies at once: the database answers nothing, and the first provider is refused.',
  faults: [
    { at: '2s', break: connection('database', { name: 'hang' }), for: '5s' },
    { at: '3s', break: connection('provider-a', { name: 'down' }), for: '7s' },
  ],
  duration: '22s',
  promises: [
    'availability of browse ≥ 97 %',
    'contain ≤ 8 s',
    'p99 during ≤ 2500 ms',
    'recover ≤ 8 s',
    'restarts = 0',
    'double effects = 0',
    'acknowledged writes lost = 0',
  ],
  heals: ['breaker'],
  journeys,
  doubled: paidTwice,
})
