// The shapes of a guard, around its retry and gates: fallback, then stale, then hedge. Only calls of guards that have one come here; the
// deadline is fixed here, once, for all that follows.
import { currentFrame, durationMs } from '../core/index.ts'
import type { How } from './call.ts'
import { channels } from './channels.ts'
import { type Engine, runGuarded } from './engine.ts'
import { type FallbackFigures, fallBack } from './fallback.ts'
import type { Work } from './guarded-call.ts'
import { type HedgeFigures, hedged } from './hedge.ts'
import { flagAge, type StaleCore } from './stale.ts'

export interface Shapes {
  readonly fallback?: FallbackFigures | undefined
  readonly stale?: StaleCore | undefined
  readonly hedge?: HedgeFigures | undefined
}

export function runShaped(e: Engine, work: Work, how: How = {}): Promise<unknown> {
  const { fallback, stale, hedge } = e.shapes!
  const { clock, judge, counts } = e
  const key = how.key ?? e.name
  const about = { key, judge, clock }
  const ownMs = Math.min(e.deadlineMs, how.deadline === undefined ? e.deadlineMs : (durationMs(how.deadline) ?? e.deadlineMs))
  const deadline = Math.min(clock.now() + ownMs, currentFrame()?.deadline ?? Number.POSITIVE_INFINITY)
  const leftOf = (more: How): How =>
    deadline === Number.POSITIVE_INFINITY ? more : { ...more, deadline: Math.max(0, deadline - clock.now()) }

  let next = () => runGuarded(e, work, leftOf(how))
  if (hedge !== undefined && how.idempotent === true) {
    next = () =>
      hedged(
        hedge,
        (attempt, losers) => {
          const signal = how.signal === undefined ? losers : AbortSignal.any([how.signal, losers])
          return runGuarded(e, work, leftOf({ ...how, signal }), attempt > 1)
        },
        clock,
        () => {
          counts.hedges++
          if (channels.hedge.hasSubscribers) channels.hedge.publish({ guard: e.name, key })
        },
      )
  }
  let ageMs: number | undefined
  if (stale !== undefined) {
    const inner = next
    next = () =>
      stale.around(inner, about, age => {
        ageMs = age
        if (channels.stale.hasSubscribers) channels.stale.publish({ guard: e.name, key, ageMs })
      })
  }
  if (fallback !== undefined) {
    const inner = next
    next = () =>
      fallBack(fallback, inner, about, () => {
        counts.fallbacks++
        if (channels.fallback.hasSubscribers) channels.fallback.publish({ guard: e.name, key })
      })
  }
  const answer = next()
  if (stale === undefined) return answer
  // The flag is there before whoever awaits the promise goes on.
  const flagged: Promise<unknown> = answer.then(value => {
    if (ageMs !== undefined) flagAge(flagged, ageMs)
    return value
  })
  return flagged
}
