// How it is now, read off parts: what a part's snapshot shows of itself, by its kind. A part that shows something else gives nothing. Pure.
import { type Facts, facts } from '../journal/index.ts'
import type { Labels, Sample, SeenPart } from './sample.ts'

const STATES = ['closed', 'open', 'half_open', 'isolated'] as const
const MODES = ['on', 'readonly', 'off'] as const
const USABLE: Readonly<Record<string, number>> = { full: 1, read: 0.5, none: 0 }

const one = (name: string, labels: Labels, value: number | undefined): readonly Sample[] =>
  value === undefined || !Number.isFinite(value) ? [] : [{ name: `selfheal.${name}`, labels, value }]
const oneOf = (name: string, labels: Labels, key: string, all: readonly string[], is: string): readonly Sample[] =>
  all.flatMap(state => one(name, { ...labels, [key]: state }, state === is ? 1 : 0))

const KINDS: Readonly<Record<string, (s: Facts, path: string) => readonly Sample[]>> = {
  program: (s, program) => {
    const vitals = s.inside('vitals')
    return [
      ...one('program.generation', { program }, s.number('generation')),
      ...one('program.ready', { program }, s.text('state') === 'ready' ? 1 : 0),
      ...one('program.memory', { program }, s.number('rss')),
      ...one('program.loop_delay', { program }, vitals.number('lateMs')),
    ]
  },
  guard: (s, guard) => {
    const counts = s.inside('counts')
    return [
      ...one('deadline.exceeded', { of: guard }, counts.number('timeouts')),
      ...one('call.retries', { guard }, counts.number('retries')),
      ...s
        .inside('breaker')
        .list('cells')
        .flatMap(cell => {
          const c = facts(cell)
          const key = c.text('key') ?? ''
          const state = (c.text('state') ?? 'closed').replace('-', '_')
          return oneOf('breaker.state', { breaker: guard, key }, 'state', STATES, state)
        }),
    ]
  },
  dependency: (s, dependency) => {
    const state = s.text('breaker')?.replace('-', '_')
    return [
      ...one('dependency.usable', { dependency }, USABLE[s.text('usable') ?? '']),
      ...(state === undefined ? [] : oneOf('breaker.state', { breaker: dependency, key: '' }, 'state', STATES, state)),
    ]
  },
  feature: (s, feature) => {
    const mode = s.text('mode') ?? 'on'
    return [
      ...oneOf('mode.state', { feature }, 'mode', MODES, mode),
      ...one('feature.degraded', { feature }, mode === 'on' ? 0 : 1),
    ]
  },
  failover: (s, failover) => {
    const [pending, unresolved] = [s.number('pending'), s.number('unresolved')]
    if (pending === undefined && unresolved === undefined) return []
    return one('failover.unknown_pending', { failover }, (pending ?? 0) + (unresolved ?? 0))
  },
  spool: (s, spool) => one('writes.deferred', { spool }, s.number('pending')),
}

export function gaugesOf(parts: readonly SeenPart[]): readonly Sample[] {
  return parts.flatMap(({ kind, path, snapshot }) => (Object.hasOwn(KINDS, kind) ? KINDS[kind]!(facts(snapshot), path) : []))
}
