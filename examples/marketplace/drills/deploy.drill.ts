// A deploy: a build that crashes at its start, and a good one under load.
import { badDeploy, killed, reloaded, scenario } from 'selfheal/drill'
import { journeys } from './journeys.ts'

export const bad = scenario({
  name: 'bad-deploy',
  says: 'A build is deployed that crashes at its start: the old one must go on serving. Then a good one takes over, and is killed.',
  faults: [
    { at: '2s', break: badDeploy('app'), for: '4s' },
    { at: '8s', break: reloaded('app') },
    { at: '11s', break: killed('app') },
  ],
  duration: '18s',
  promises: [
    'availability ≥ 99 %',
    'refused = 0',
    'gap ≤ 8 s',
    'recover ≤ 8 s',
    'acknowledged writes lost = 0',
    'double effects = 0',
  ],
  heals: ['supervision'],
  journeys,
})
