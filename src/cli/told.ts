// What a person at the terminal hears of while programs run.
import type { Event } from '../core/index.ts'

/** What a person at the terminal hears of: what went wrong, what was done about it. All of it is in the journal. */
const TOLD = new Set([
  'program.port_held',
  'program.ready',
  'program.exited',
  'program.hung',
  'program.uncaught',
  'program.memory_over',
  'program.spare_lost',
  'system.reloading',
  'system.reloaded',
  'system.reload_refused',
  'system.own_fault',
  'system.renewing',
  'system.renewal_failed',
  'program.listens_elsewhere',
  'program.port_refused',
  'supervisor.child_restarting',
  'supervisor.child_start_failed',
  'supervisor.crash_looping',
  'supervisor.recovered',
  'supervisor.child_unstopped',
  'supervisor.exhausted',
  'system.guarded_twice',
  'system.tree_ended',
  'system.crash_asked',
  'compute.timed_out',
  'inbound.refusing',
  'inbound.well',
  'dependency.down',
  'dependency.readonly',
  'dependency.back',
  'feature.changed',
  'failover.switched',
  'failover.returned',
  'failover.parked',
  'failover.decided',
  'failover.unresolved',
  'failover.done_twice',
  'failover.late_success',
  'failover.ledger_failing',
  'failover.ledger_recovered',
  // What can't be read in the journal later.
  'journal.failing',
  'journal.recovered',
  'journal.set_aside',
  'fleet.joined',
  'fleet.blind',
  'fleet.sighted',
  'fleet.sick',
  'fleet.well',
  'fleet.permit_granted',
  'fleet.permit_by_chance',
  'fleet.permit_lost',
  'fleet.forced',
  'fleet.force_ended',
  'fleet.force_failed',
  'fleet.build_judged',
])

/** Of these the program's own end, or the failure at the end of the command, has told already. */
const SAID_BY_OTHERS = new Set<unknown>(['SELFHEAL_CRASHED_AT_START', 'SELFHEAL_ENDED_AT_ONCE'])

/** A first start that fails by one of these ends the command, which says so. */
const SAID_LAST = new Set<unknown>(['SELFHEAL_PORT_TAKEN', 'SELFHEAL_NODE_TOO_OLD', 'SELFHEAL_SPAWN_FAILED'])

export function isTold({ name, level, data }: Event, quiet: boolean): boolean {
  const { error, generation } = data as { error?: { code?: unknown }; generation?: number }
  if (
    name === 'supervisor.child_start_failed' &&
    (SAID_BY_OTHERS.has(error?.code) || (generation === 1 && SAID_LAST.has(error?.code)))
  )
    return false
  // Stopped before it was ready: that is no failure.
  if (name === 'supervisor.child_start_failed' && level === 'info') return false
  return TOLD.has(name) && (!quiet || level === 'warn' || level === 'alarm')
}
