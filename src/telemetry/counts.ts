// Which events count, as what. An event that is not here counts nowhere. Pure.
import type { Event } from '../core/index.ts'
import { type Facts, facts } from '../journal/index.ts'
import type { Labels, Sample } from './sample.ts'

type Reader = (data: Facts, source: string) => readonly Sample[]

const one = (name: string, labels: Labels, value = 1): Sample => ({ name: `selfheal.${name}`, labels, value })
const healed = (action: string, result: string): Sample => one('heal.actions', { action, result })
const moved =
  (to: string, ...more: readonly Sample[]): Reader =>
  (_, source) => [one('breaker.transitions', { breaker: source, to }), ...more]
const came =
  (outcome: string): Reader =>
  (d, source) => [
    one('failover.attempts', { failover: source, provider: d.text('provider') ?? d.text('from') ?? 'unknown', outcome }),
  ]

const TABLE: Readonly<Record<string, Reader>> = {
  'supervisor.child_restarting': (_, component) => [one('supervisor.restarts', { component })],
  // A first start heals nothing.
  'program.ready': d => ((d.number('generation') ?? 1) > 1 ? [healed('restart', 'healed')] : []),
  'supervisor.child_start_failed': d => (d.all['meanwhile'] === true ? [] : [healed('restart', 'failed')]),
  'supervisor.crash_looping': () => [healed('restart', 'exhausted')],
  'supervisor.exhausted': () => [healed('restart', 'exhausted')],
  'system.reload_refused': () => [healed('reload', 'refused')],
  'system.renewal_failed': () => [healed('renewal', 'failed')],
  'breaker.opened': moved('open'),
  'breaker.half_opened': moved('half_open'),
  'breaker.closed': moved('closed', healed('breaker', 'healed')),
  'breaker.isolated': moved('isolated'),
  'dependency.dropped': (d, dependency) => [
    one('breaker.connections_closed', { dependency }, Math.max(0, d.number('connections') ?? 0)),
    healed('drop_connections', d.text('failed') === undefined ? 'healed' : 'failed'),
  ],
  'dependency.back': () => [healed('dependency', 'healed')],
  'failover.passed_on': came('not_sent'),
  'failover.parked': came('unknown'),
  'failover.decided': (d, source) => came(d.text('as') ?? 'unknown')(d, source),
  'failover.unresolved': (d, source) => [...came('unresolved')(d, source), healed('reconcile', 'failed')],
  'failover.done_twice': came('done_twice'),
  'failover.switched': () => [healed('failover', 'healed')],
  'failover.returned': () => [healed('failback', 'healed')],
  'spool.drained': d => [healed('spool', (d.number('dead') ?? 0) > 0 ? 'failed' : 'healed')],
  'compute.timed_out': (_, source) => [one('deadline.exceeded', { of: source })],
}

export function countsOf({ name, data, source }: Pick<Event, 'source'> & { readonly name: string; readonly data: unknown }) {
  return Object.hasOwn(TABLE, name) ? TABLE[name]!(facts(data), source) : []
}
