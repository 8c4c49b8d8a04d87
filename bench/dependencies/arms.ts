// The four arms: the bare driver; the same under opossum and under cockatiel, with the figures of their READMEs' first examples and the
// caller's two seconds as their timeout; and ours with no option set. Each tells when it notices, and when it is well again.
import { library } from '../peers.ts'
import { bare, ours, type Query } from './drivers.ts'
import { DEADLINE_MS, type Mark, type Plan } from './plan.ts'

type Tell = (is: Mark['is']) => void
// biome-ignore lint/suspicious/noExplicitAny: the peers are installed on first use, and their types with them
type Peer = any

/** What is said of each in docs/faults.md. */
export const SETTINGS = {
  bare: 'its defaults. It has no deadline: the caller waits as long as the driver lets it',
  opossum: `\`timeout: ${DEADLINE_MS}, errorThresholdPercentage: 50, resetTimeout: 30000\` (its README's, but for the timeout of 3000)`,
  cockatiel:
    `\`wrap(circuitBreaker(handleAll, { halfOpenAfter: 10000, breaker: new ConsecutiveBreaker(5) }), timeout(${DEADLINE_MS}, Aggressive))\`` +
    " (its README's)",
  selfheal: `\`dependency(postgres(pool))\` with no option, called within \`deadline.run(${DEADLINE_MS}, …)\``,
}

export async function armOf({ arm, driver, target, index }: Plan, tell: Tell): Promise<Query> {
  if (arm === 'selfheal') {
    const { heal, query } = ours(driver, target, arm, index)
    let full = true
    heal.watch(({ usable }) => {
      if ((usable === 'full') === full) return
      full = usable === 'full'
      tell(full ? 'well' : 'noticed')
    })
    return query
  }
  const query = bare(driver, target, arm, index)
  if (arm === 'opossum') {
    const Breaker = ((await library('opossum')) as { default: Peer }).default
    const breaker = new Breaker(query, { timeout: DEADLINE_MS, errorThresholdPercentage: 50, resetTimeout: 30_000 })
    breaker.on('open', () => tell('noticed'))
    breaker.on('close', () => tell('well'))
    return n => breaker.fire(n)
  }
  if (arm === 'cockatiel') {
    const c = (await library('cockatiel')) as Peer
    const breaker = c.circuitBreaker(c.handleAll, { halfOpenAfter: 10_000, breaker: new c.ConsecutiveBreaker(5) })
    breaker.onBreak(() => tell('noticed'))
    breaker.onReset(() => tell('well'))
    const policy = c.wrap(breaker, c.timeout(DEADLINE_MS, c.TimeoutStrategy.Aggressive))
    return n => policy.execute(() => query(n))
  }
  return query
}
