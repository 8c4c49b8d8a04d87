// Two and three troubles at once: healers must not fight.
import { connection, killed, reloaded, scenario, spike } from 'selfheal/drill'
import { journeys } from './journeys.ts'

// One layer retries, and little: healers must not become a load of their own.
const writes = ['acknowledged writes lost = 0', 'double effects = 0', 'extra attempts ≤ 10 %', 'retrying layers ≤ 1']

export const slowSpikeCrash = scenario({
  name: 'slow-database-spike-crash',
  says: 'The database is slow, three times the visitors come, and the app is killed in the midst of it.',
  faults: [
    { at: '2s', break: connection('database', { name: 'latency', ms: 400, jitterMs: 200 }), for: '8s' },
    { at: '3s', break: spike(3), for: '6s' },
    { at: '5s', break: killed('app') },
  ],
  duration: '20s',
  rate: 10,
  promises: ['refused = 0', 'gap ≤ 12 s', 'recover ≤ 8 s', 'restarts of app = 0', 'restarts of database = 0', ...writes],
  heals: ['supervision'],
  journeys,
})

export const downReload = scenario({
  name: 'database-down-reload',
  says: 'The database is refused, and a new life of the app is asked for meanwhile.',
  faults: [
    { at: '2s', break: connection('database', { name: 'down' }), for: '6s' },
    { at: '4s', break: reloaded('app') },
  ],
  duration: '18s',
  promises: ['availability of browse ≥ 99 %', 'answered ≥ 95 %', 'recover ≤ 8 s', 'restarts of app = 0', ...writes],
  heals: ['feature'],
  journeys,
})
