// What `selfheal run` (and so `npm start`) runs here: the marketplace, two payment providers that are simulated, and its own PostgreSQL,
// unless MARKETPLACE_DATABASE_URL names another.
import { join } from 'node:path'
import { config } from 'selfheal'
import { free, paymentPorts } from './examples/marketplace/payments/ports.ts'
import { choosePort, databaseUrl, dataFolder } from './examples/marketplace/postgres/place.ts'
import { redisServer } from './examples/marketplace/seen.ts'

const node = 'node --disable-warning=ExperimentalWarning'
const port = process.env.PORT || '3000'
const elsewhere = process.env.MARKETPLACE_DATABASE_URL
const databasePort = elsewhere ? 0 : await choosePort()
const [stripe, braintree] = await paymentPorts()

// Counts looks, where a Redis is installed. A copy that is drilled has one; MARKETPLACE_REDIS=1 gives it to `npm start`, too.
const redis = process.env.MARKETPLACE_REDIS === '1' ? redisServer() : undefined
const redisPort = redis === undefined ? 0 : ((await free(0)) ?? 6_379)

const cache = {
  run: `${redis} --port ${redisPort} --bind 127.0.0.1 --appendonly no --save ''`,
  ports: [],
}

const provider = (kind: 'stripe' | 'braintree', { api, admin }: typeof stripe) => ({
  run: `${node} examples/marketplace/payments/simulator.ts ${kind}`,
  // A provider that is down refuses its callers: its port is its own.
  ports: [],
  env: { PORT: String(api), ADMIN_PORT: String(admin), BOOKS: join(dataFolder, `${kind}-books.json`) },
})

const database = {
  run: `${node} examples/marketplace/database.ts`,
  env: { PGPORT: String(databasePort) },
  ready: 'line',
} as const

const app = {
  // A small heap, so that `npm run break -- leak` is over in seconds.
  run: `${node} --max-old-space-size=96 examples/marketplace/app.ts`,
  ports: [port],
  // While it can't start, people look around in what was last shown. Of a listing: as a stranger saw it.
  standby: 'stale:/,/sell,/listing/*,/api/listings/*',
  needs: ['provider-a', 'provider-b', ...(elsewhere ? [] : ['database']), ...(redis ? ['cache'] : [])],
  env: {
    PORT: port,
    DATABASE_URL: elsewhere || databaseUrl(databasePort),
    ...(redis ? { REDIS_URL: `redis://127.0.0.1:${redisPort}` } : {}),
    STRIPE_KEY: 'sk_test_simulator',
    STRIPE_PORT: String(stripe.api),
    BRAINTREE_MERCHANT: 'shop',
    BRAINTREE_PUBLIC: 'public',
    BRAINTREE_PRIVATE: 'private',
    BRAINTREE_PORT: String(braintree.api),
    ...(process.env.NODE_ENV === 'production'
      ? {}
      : { MARKETPLACE_BREAK: '1', STRIPE_ADMIN: String(stripe.admin), BRAINTREE_ADMIN: String(braintree.admin) }),
  },
}

export default config({
  programs: {
    ...(elsewhere ? {} : { database }),
    ...(redis ? { cache } : {}),
    'provider-a': provider('stripe', stripe),
    'provider-b': provider('braintree', braintree),
    app,
  },
  // A copy to be drilled has a database and books of its own, and a proxy on the way to each thing it needs, to be broken there.
  drills: {
    program: 'app',
    env: ({ folder }: { folder: string }) => ({
      MARKETPLACE_DATA: join(folder, 'data'),
      MARKETPLACE_PGPORT: '',
      MARKETPLACE_REDIS: '1',
    }),
    proxies: {
      ...(elsewhere ? {} : { database: { program: 'app', env: 'DATABASE_URL' } }),
      'provider-a': { program: 'app', env: 'STRIPE_PORT' },
      'provider-b': { program: 'app', env: 'BRAINTREE_PORT' },
    },
  },
})
