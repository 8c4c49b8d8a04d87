// Whether a life that runs is well: its check is asked again and again, and it must beat in time. What the check does wrong is a miss,
// never an error here. A life found unwell has fallen: it is ended, and the rule decides.
import { runUnder } from '../core/index.ts'
import type { CheckedHealth } from './check-spec.ts'
import { errorFacts, roundMs } from './events.ts'
import { fail, frameOf, who } from './life-end.ts'
import { type Living, pathOfLiving, type State, tell, type Vigil } from './state.ts'

/** From ready on. */
export function beginVigil(state: State, living: Living): void {
  const { health, heartbeatMs } = living.spec
  if ((health === undefined && heartbeatMs === undefined) || living.why === 'meanwhile' || living.askedAt >= 0) return
  const vigil: Vigil = { misses: 0, beatAt: state.clock.now(), check: undefined, heartbeat: undefined }
  living.vigil = vigil
  if (health !== undefined) vigil.check = state.agenda.in(health.everyMs, () => ask(state, living, vigil, health))
  if (heartbeatMs !== undefined) listen(state, living, vigil, heartbeatMs)
}

function ask(state: State, living: Living, vigil: Vigil, health: CheckedHealth) {
  const stop = new AbortController()
  let answered = false
  const answer = (error: unknown) => {
    if (answered) return
    answered = true
    state.agenda.drop(vigil.check)
    stop.abort()
    if (living.vigil === vigil) heard(state, living, vigil, health, error)
  }
  vigil.check = state.agenda.in(health.withinMs, () => answer(new Error(`its check gave no answer in ${health.withinMs} ms`)))
  check(living, health, stop.signal).then(well => answer(well === false ? new Error('its check said no') : undefined), answer)
}

async function check(living: Living, { by }: CheckedHealth, signal: AbortSignal): Promise<unknown> {
  return runUnder(frameOf(living), () => by.check(living.child!.handle, signal))
}

/** `error` undefined: well. */
function heard(state: State, living: Living, vigil: Vigil, health: CheckedHealth, error: unknown) {
  vigil.misses = error === undefined ? 0 : vigil.misses + 1
  vigil.check = state.agenda.in(health.everyMs, () => ask(state, living, vigil, health))
  if (vigil.misses === 0) return
  const data = { ...who(living), misses: vigil.misses, limit: health.misses, error: errorFacts(error) }
  const event = tell(state, 'supervisor.health_missed', pathOfLiving(living), data, 'warn', living.because)
  if (vigil.misses >= health.misses) fail(state, living, { reason: 'error', what: 'health', error }, event)
}

function listen(state: State, living: Living, vigil: Vigil, limitMs: number) {
  vigil.heartbeat = state.agenda.in(vigil.beatAt + limitMs - state.clock.now(), () => {
    const forMs = state.clock.now() - vigil.beatAt
    if (forMs < limitMs) return listen(state, living, vigil, limitMs)
    const data = { ...who(living), forMs: roundMs(forMs), limitMs }
    const event = tell(state, 'supervisor.heartbeat_missed', pathOfLiving(living), data, 'warn', living.because)
    fail(state, living, { reason: 'error', what: 'hang', info: { forMs: data.forMs, limitMs } }, event)
  })
}
