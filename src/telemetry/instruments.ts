// What is measured, with the words of it. OpenTelemetry has no convention for breakers or supervisors, so these names are ours and are kept as
// API is. A counter rises since its process began; a gauge is how it is now.

export interface Instrument {
  readonly kind: 'counter' | 'gauge'
  readonly unit: string
  readonly says: string
}

const counter = (unit: string, says: string): Instrument => ({ kind: 'counter', unit, says })
const gauge = (unit: string, says: string): Instrument => ({ kind: 'gauge', unit, says })

export const INSTRUMENTS: Readonly<Record<string, Instrument>> = {
  'selfheal.supervisor.restarts': counter('{restart}', 'Restarts by a supervisor, by component'),
  'selfheal.program.generation': gauge('{generation}', 'The number of the life that serves; each restart or reload adds one'),
  'selfheal.program.ready': gauge('1', '1: the program is ready'),
  'selfheal.program.memory': gauge('By', 'Resident memory of the program'),
  'selfheal.program.loop_delay': gauge('ms', 'How late its event loop is'),
  'selfheal.port.held_connections': gauge(
    '{connection}',
    'Callers that wait in the queue of a held port, accepted by nobody yet',
  ),
  'selfheal.breaker.state': gauge('1', '1 for the state it is in, 0 for the others'),
  'selfheal.breaker.transitions': counter('{transition}', 'Changes of state of a breaker, by the state it went to'),
  'selfheal.breaker.connections_closed': counter(
    '{connection}',
    'Connections to a dependency that were ended so that it can recover',
  ),
  'selfheal.dependency.usable': gauge('1', '1: full, 0.5: to be read only, 0: not at all'),
  'selfheal.failover.attempts': counter('{attempt}', 'Attempts that did not simply work, by what they came to'),
  'selfheal.failover.unknown_pending': gauge('{intent}', 'Calls of which nobody knows yet whether they were done'),
  'selfheal.mode.state': gauge('1', '1 for the mode a feature is in, 0 for the others'),
  'selfheal.feature.degraded': gauge('1', '1: the feature is read-only or off'),
  'selfheal.writes.deferred': gauge('{write}', 'Writes that wait in the spool'),
  'selfheal.deadline.exceeded': counter('{call}', 'Calls and computes that ran into their time'),
  'selfheal.call.retries': counter('{retry}', 'Tries after the first, by guard'),
  'selfheal.heal.actions': counter('{action}', 'What was done to get something working again, by what came of it'),
}
