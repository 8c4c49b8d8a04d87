// The process that serves: crashed, out of memory, stuck, and all programs gone at once.
import { inside, killed, scenario } from 'selfheal/drill'
import { journeys } from './journeys.ts'

const writes = ['acknowledged writes lost = 0', 'double effects = 0']

export const crashed = scenario({
  name: 'crashed',
  says: 'The app is killed by kill -9, and again, and then runs out of memory.',
  faults: [
    { at: '2s', break: killed('app') },
    { at: '5s', break: killed('app') },
    { at: '8s', break: inside('app', 'leak'), for: '4s' },
  ],
  duration: '15s',
  promises: ['refused = 0', 'availability ≥ 90 %', 'gap ≤ 12 s', 'recover ≤ 5 s', ...writes],
  heals: ['supervision'],
  journeys,
})

export const hung = scenario({
  name: 'hung',
  says: 'The app’s main thread is stuck in for(;;): it is there, and answers nobody.',
  faults: [{ at: '2s', break: inside('app', 'loop'), for: '30s' }],
  duration: '36s',
  rate: 10,
  promises: ['refused = 0', 'detect ≤ 7 s', 'gap ≤ 11 s', 'availability ≥ 60 %', ...writes],
  heals: ['supervision'],
  journeys,
})

export const uncaught = scenario({
  name: 'uncaught',
  says: 'An error that nobody catches, then a rejection that nobody handles.',
  faults: [
    { at: '2s', break: inside('app', 'throw') },
    { at: '6s', break: inside('app', 'reject') },
  ],
  promises: ['refused = 0', 'availability ≥ 99 %', 'gap ≤ 12 s', 'recover ≤ 5 s', ...writes],
  heals: ['supervision'],
  journeys,
})

export const restarted = scenario({
  name: 'whole-restart',
  says: 'Everything is killed at once, and comes back with cold caches under full load.',
  faults: [
    { at: '3s', break: killed('database') },
    { at: '3s', break: killed('app') },
  ],
  duration: '16s',
  promises: ['refused = 0', 'gap ≤ 10 s', 'recover ≤ 10 s', ...writes],
  heals: ['supervision'],
  journeys,
})
