// Redis lost: it stands still, and is killed. It counts looks, which nobody may have to wait for.
import { journey, killed, scenario, stopped, type Visitor } from 'selfheal/drill'
import { redisServer } from '../seen.ts'

const listings = async (visitor: Visitor): Promise<readonly { readonly id: number }[]> =>
  (await visitor.get('/api/listings')).json.listings.slice(0, 4)

/** Reads one thing after the other: each look is counted. */
const looks = journey('looks', async visitor => {
  for (const { id } of await listings(visitor)) await visitor.get(`/api/listings/${id}`)
})

/** Wants to see the count. Nobody promises it while Redis is away; but it comes back. */
const counts = journey(
  'counts',
  async visitor => {
    const [first] = await listings(visitor)
    await visitor.get(`/api/listings/${first?.id}`, { check: ({ json }) => json.looks > 0 || 'not counted' })
  },
  { weight: 0.5 },
)

export const redisLost = scenario({
  name: 'redis-lost',
  says: 'Redis stands still for eight seconds (SIGSTOP), and later is killed by kill -9: everybody looks on, and is counted again.',
  faults: [
    { at: '2s', break: stopped('cache'), for: '8s' },
    { at: '14s', break: killed('cache') },
  ],
  duration: '26s',
  rate: 5,
  promises: [
    'availability of looks ≥ 99.5 %',
    'p50 during of looks ≤ 500 ms',
    'detect ≤ 5 s',
    'recover ≤ 10 s',
    'restarts of app = 0',
  ],
  heals: ['supervision'],
  journeys: [looks, counts],
  passedOver: redisServer() === undefined ? 'no redis-server is installed here' : undefined,
})
