// The database: killed, refused, slow, hung.
import { connection, killed, scenario, stopped } from 'selfheal/drill'
import { journeys } from './journeys.ts'

const always = ['restarts of app = 0', 'acknowledged writes lost = 0', 'double effects = 0']

export const databaseDown = scenario({
  name: 'database-down',
  says: 'PostgreSQL is killed by kill -9, and later stands still for four seconds (SIGSTOP, then SIGCONT).',
  faults: [
    { at: '2s', break: killed('database') },
    { at: '8s', break: stopped('database'), for: '4s' },
  ],
  duration: '20s',
  promises: [
    'availability of browse ≥ 97 %',
    'answered ≥ 88 %',
    'detect ≤ 3 s',
    'contain ≤ 5 s',
    'recover ≤ 5 s',
    'gap ≤ 5 s',
    ...always,
  ],
  heals: ['feature'],
  journeys,
})

export const databaseRefused = scenario({
  name: 'database-refused',
  says: 'Connections to the database are refused for five seconds.',
  faults: [{ at: '2s', break: connection('database', { name: 'down' }), for: '5s' }],
  duration: '15s',
  promises: ['availability of browse ≥ 98 %', 'answered ≥ 97 %', 'detect ≤ 2 s', 'contain ≤ 2 s', 'recover ≤ 5 s', ...always],
  heals: ['feature'],
  journeys,
})

export const databaseSlow = scenario({
  name: 'database-slow',
  says: 'Every answer of the database takes three and a half seconds, more or less, for eight seconds.',
  faults: [{ at: '2s', break: connection('database', { name: 'latency', ms: 3_500, jitterMs: 300 }), for: '8s' }],
  duration: '18s',
  promises: ['answered ≥ 85 %', 'contain ≤ 6 s', 'p99 during ≤ 2500 ms', 'p99 after ≤ 2 s', 'recover ≤ 5 s', ...always],
  heals: ['breaker'],
  journeys,
})

export const databaseHung = scenario({
  name: 'database-hung',
  says: 'The database takes connections and answers nothing for eight seconds.',
  faults: [{ at: '2s', break: connection('database', { name: 'hang' }), for: '8s' }],
  duration: '20s',
  promises: ['availability of browse ≥ 97 %', 'contain ≤ 5 s', 'p99 during ≤ 5 s', 'recover ≤ 5 s', ...always],
  heals: ['breaker'],
  journeys,
})
