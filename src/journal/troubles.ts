// Which events begin a trouble, and which end it: by a key, such as 'life:shop/web', that both know. An event this table does not know is told,
// but opens nothing that would wait for ever to be closed. Pure.
import type { Entry } from './entry.ts'
import { facts } from './facts.ts'

export interface Turn {
  readonly key: string
  readonly is: 'begins' | 'ends'
}

type Reader = (entry: Entry) => readonly Turn[]

const begins =
  (kind: string): Reader =>
  ({ source }) => [{ key: `${kind}:${source}`, is: 'begins' }]
const ends =
  (kind: string): Reader =>
  ({ source }) => [{ key: `${kind}:${source}`, is: 'ends' }]
/** An end that was asked for is none. */
const exited: Reader = entry => (entry.level === 'warn' || entry.level === 'alarm' ? begins('life')(entry) : [])
/** A command that has done its work, and was never one to be kept running: no life is missed. */
const startFailed: Reader = entry => {
  const d = facts(entry.data)
  const done = d.inside('error').text('code') === 'SELFHEAL_ENDED_AT_ONCE' && d.number('generation') === 1
  return done ? [] : begins('life')(entry)
}
/** One source has many of them, told apart by their key. */
const keyed =
  (kind: string, is: Turn['is']): Reader =>
  ({ source, data }) => {
    const key = facts(data).text('key')
    return [{ key: key === undefined ? `${kind}:${source}` : `${kind}:${source}:${key}`, is }]
  }
const intent =
  (is: Turn['is']): Reader =>
  entry => {
    const key = facts(entry.data).text('key') ?? facts(entry.data).text('intent')
    return key === undefined ? [] : [{ key: `intent:${entry.source}:${key}`, is }]
  }

const TABLE: Readonly<Record<string, Reader>> = {
  'program.exited': exited,
  'program.hung': begins('life'),
  'program.uncaught': entry => (facts(entry.data).all['stays'] === true ? [] : begins('life')(entry)),
  'program.memory_over': begins('life'),
  'program.ready': ends('life'),
  'supervisor.child_exited': exited,
  'supervisor.child_start_failed': startFailed,
  'supervisor.child_started': entry => (facts(entry.data).all['meanwhile'] === true ? [] : ends('life')(entry)),
  'supervisor.child_replaced': ends('life'),
  'supervisor.crash_looping': begins('loop'),
  'supervisor.recovered': ends('loop'),
  'supervisor.exhausted': begins('exhausted'),
  'supervisor.child_unstopped': begins('stop'),
  'breaker.opened': keyed('breaker', 'begins'),
  'breaker.isolated': keyed('breaker', 'begins'),
  'breaker.closed': keyed('breaker', 'ends'),
  'dependency.down': begins('dependency'),
  'dependency.slow': begins('dependency'),
  'dependency.readonly': begins('dependency'),
  'dependency.back': ends('dependency'),
  'feature.changed': entry => (facts(entry.data).text('to') === 'on' ? ends('feature')(entry) : begins('feature')(entry)),
  'failover.switched': begins('failover'),
  'failover.returned': ends('failover'),
  'failover.parked': intent('begins'),
  'failover.decided': intent('ends'),
  'failover.ledger_failing': begins('ledger'),
  'failover.ledger_recovered': ends('ledger'),
  'fleet.blind': begins('blind'),
  'fleet.sighted': ends('blind'),
  'fleet.sick': begins('fleet'),
  'fleet.well': ends('fleet'),
  'inbound.refusing': begins('door'),
  'inbound.well': ends('door'),
  'journal.failing': begins('journal'),
  'journal.recovered': ends('journal'),
  'spool.began': begins('spool'),
  'spool.drained': ends('spool'),
}

export function turnsOf(entry: Entry): readonly Turn[] {
  return Object.hasOwn(TABLE, entry.name) ? TABLE[entry.name]!(entry) : []
}

/** What the supervisor repeats of what its program has told: to a person its own line says nothing more. */
export const ECHOES: ReadonlySet<string> = new Set([
  'supervisor.child_started',
  'supervisor.child_exited',
  'supervisor.child_start_failed',
])

export function withoutEchoes(entries: readonly Entry[]): readonly Entry[] {
  return entries.filter(({ name, source }, i) => {
    const before = entries[i - 1]
    return !(ECHOES.has(name) && before !== undefined && before.source === source && before.name.startsWith('program.'))
  })
}
