// Redis lost: the marketplace has none yet, so there is nothing to lose.
import { connection, scenario } from 'selfheal/drill'
import { journeys } from './journeys.ts'

export const redisLost = scenario({
  name: 'redis-lost',
  says: 'The cache is gone for five seconds.',
  faults: [{ at: '2s', break: connection('redis', { name: 'down' }), for: '5s' }],
  promises: ['availability ≥ 99.5 %'],
  expectedToFail: 'the marketplace uses no Redis yet',
  journeys,
})
