// A guard as a part: what CLI, dashboard, doctor and drills see of it, and the verbs they have.
import type { Json, Part, Setting, Verb } from '../core/index.ts'
import { breakerSnapshot, breakerVerbs } from './breaker/snapshot.ts'
import type { Engine } from './engine.ts'
import { limitSnapshot, limitVerbs } from './limit/snapshot.ts'

export function guardPart(path: string, key: string, engine: Engine, change: (options: object) => void): Part {
  const { breaker, limit, rate, fault, shapes, counts, name } = engine
  const finite = (ms: number) => (Number.isFinite(ms) ? ms : null)
  return {
    path,
    kind: 'guard',
    snapshot: (): Json => ({
      name,
      counts: { ...counts },
      ...(breaker === undefined ? {} : { breaker: breakerSnapshot(breaker) }),
      ...(limit === undefined ? {} : { limit: limitSnapshot(limit) }),
      ...(rate === undefined ? {} : { rate: { refused: rate.refused } }),
      ...(shapes?.stale === undefined ? {} : { stale: { kept: shapes.stale.size, served: shapes.stale.served } }),
      ...(fault === undefined ? {} : { fault: { injected: fault.injected, on: (fault.state() ?? null) as Json } }),
    }),
    settings(): readonly Setting[] {
      const of = (setting: string, ms: number): Setting => ({ level: 'guard', name: setting, valueMs: finite(ms), from: path })
      const { retry } = engine
      return [
        of('deadline', engine.deadlineMs),
        of('attempt timeout', Math.min(engine.timeoutMs, engine.deadlineMs)),
        ...(retry === undefined ? [] : [of('longest backoff', retry.backoff.capMs)]),
        ...(breaker === undefined
          ? []
          : [
              of('breaker slow call', breaker.figures.slowMs),
              of('breaker window', breaker.figures.windowMs),
              of('breaker open', breaker.figures.openMs),
            ]),
        ...(limit === undefined ? [] : [of('limit lease', limit.figures.leaseMs)]),
      ]
    },
    verbs: Object.freeze({
      ...(breaker === undefined ? {} : breakerVerbs(breaker, key)),
      ...(limit === undefined ? {} : limitVerbs(limit)),
      async change(args) {
        if (typeof args !== 'object' || args === null || Array.isArray(args))
          throw new TypeError('change needs an object of options')
        change(args)
        return { changed: Object.keys(args) }
      },
      ...(fault === undefined
        ? {}
        : {
            async 'fault-off'() {
              fault.off('asked to')
              return { off: true }
            },
          }),
    } satisfies Record<string, Verb>),
  }
}
