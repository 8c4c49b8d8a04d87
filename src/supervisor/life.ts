// One life from start to exit. Here alone components are called and time is kept on them; what follows from an end is decided by
// whoever hears of it. A component may throw, hang, reject or lie: the supervisor must not be harmed.
//
//   begin ─► starting ─► ready ─► (retired) ─► gone
//               │ end: asked ─ time is up ─► killed ─ a second more ─► reported unstopped; gone if it ends after all
//               └ not ready in startWithin: asked, and a second later given up
import { currentFrame, type EventId, outsideAll, runUnder } from '../core/index.ts'
import type { Child, Component, Exit, Life } from './component.ts'
import { isThenable, readChild, readExit } from './distrust.ts'
import { ChildError } from './errors.ts'
import { errorFacts, exitFacts, roundMs } from './events.ts'
import { beginVigil } from './health.ts'
import { giveOn } from './inherited.ts'
import { answer, ask, frameOf, GRACE_MS, kill, settle, unstopped, who } from './life-end.ts'
import { inPeriod } from './rule.ts'
import { startComponent } from './service.ts'
import { lifeOf, newLiving } from './signal.ts'
import { isHeard, type Living, pathOfLiving, type Slot, type State, tell, type Why } from './state.ts'

/** Starts a life. It is in no slot yet: the caller places it at once. What comes of it is heard later, never before this returns. */
export function begin(state: State, slot: Slot, why: Why, because: EventId | undefined, standby?: Living['spec']): Living {
  const living = newLiving(state, slot, why, because, standby)
  if (currentFrame() === undefined) go(state, living)
  else outsideAll(() => go(state, living))
  return living
}

function go(state: State, living: Living) {
  const { component, startWithinMs } = living.spec
  const life = lifeOf(living)
  if (component.kind === 'supervisor') giveOn(life, state)
  const started = tryStart(component, living, life)
  if (!isThenable(started)) return arriveSoon(state, living, started)
  if (startWithinMs !== Number.POSITIVE_INFINITY) living.due = state.agenda.in(startWithinMs, late, living)
  started.then(
    child => arrived(state, living, child),
    error => startFailed(state, living, error),
  )
}

function tryStart(component: Component, living: Living, life: Life): unknown {
  try {
    return runUnder(frameOf(living), () => startComponent(component, life))
  } catch (error) {
    return Promise.reject(error)
  }
}

/** In this turn still, but after whoever started it has placed it. */
function arriveSoon(state: State, living: Living, child: unknown) {
  const { arrivals } = state
  if (arrivals.push({ living, child }) > 1) return
  queueMicrotask(() => {
    for (const { living, child } of arrivals.splice(0)) arrived(state, living, child)
  })
}

/** The child once it is ready; to be asked for before that. Rejects when its start fails, or when it is stopped first. */
export function outcomeOf(living: Living): Promise<Child | 'ignore'> {
  living.outcome ??= Promise.withResolvers()
  return living.outcome.promise
}

function late(living: Living) {
  const { state } = living.slot
  living.late = true
  living.due = state.agenda.in(GRACE_MS, () => {
    if (living.child !== undefined) return void kill(state, living, living.because)
    unstopped(state, living, 'start')
    startFailed(state, living, undefined)
  })
  ask(state, living, living.because)
}

function arrived(state: State, living: Living, given: unknown) {
  const child = readChild(given)
  if (living.phase === 'gone') {
    // Given up before: whatever came after all must not stay.
    if (child !== 'ignore' && child !== undefined) stray(child)
    return
  }
  if (child === undefined) return startFailed(state, living, new ChildError('SELFHEAL_CHILD_START_RUBBISH', pathOfLiving(living)))
  if (child === 'ignore') {
    settle(state, living)
    answer(living, outcome => outcome.resolve('ignore'))
    return state.hears.ignored(state, living)
  }
  living.child = child
  watch(state, living, child)
  if (living.killed) return void kill(state, living, living.because)
  if (living.askedAt >= 0) return
  state.agenda.drop(living.due)
  living.due = undefined
  const begun = living.since
  living.since = state.clock.now()
  living.phase = 'ready'
  state.hears.ready(state, living, isHeard(state) ? tellStarted(state, living, living.since - begun) : undefined)
  beginVigil(state, living)
  answer(living, outcome => outcome.resolve(child))
}

function tellStarted(state: State, living: Living, startMs: number): EventId | undefined {
  const data = { ...who(living), kind: living.spec.component.kind, startMs: roundMs(startMs) }
  return tell(state, 'supervisor.child_started', pathOfLiving(living), data, 'info', living.because)
}

function startFailed(state: State, living: Living, cause: unknown) {
  if (living.phase === 'gone') return
  const { late, fault } = living
  const asked = living.askedAt >= 0 && !late && fault === undefined
  const error =
    fault !== undefined
      ? fault.error
      : late
        ? new ChildError('SELFHEAL_CHILD_START_LATE', pathOfLiving(living), cause === undefined ? {} : { cause })
        : asked
          ? new ChildError('SELFHEAL_CHILD_STOPPED', pathOfLiving(living))
          : cause
  settle(state, living)
  if (living.why !== 'meanwhile' && !asked)
    living.slot.last = { exit: { reason: 'error', what: 'start', error }, at: state.clock.now() }
  const startMs = roundMs(state.clock.now() - living.since)
  const data = { ...who(living), error: errorFacts(error), startMs, ...soFar(state, living.slot) }
  const event = tell(state, 'supervisor.child_start_failed', pathOfLiving(living), data, asked ? 'info' : 'warn', living.because)
  answer(living, outcome => outcome.reject(error))
  state.hears.startFailed(state, living, error, event)
}

function watch(state: State, living: Living, child: Child) {
  const { component } = living.spec
  child.exited.then(
    exit => exited(state, living, readExit(exit)),
    error => exited(state, living, { reason: 'error', what: 'uncaught', error }),
  )
  // Whether lives may overlap is known when one retires: a port may be held only since it was ready. A standby has no successor.
  if (child.retired !== undefined && living.why !== 'meanwhile')
    child.retired.then(
      exit => component.overlap === true && retired(state, living, readExit(exit)),
      () => {},
    )
}

function retired(state: State, living: Living, exit: Exit) {
  if (living.phase !== 'ready' || living.askedAt >= 0) return
  living.phase = 'retired'
  const uptimeMs = state.clock.now() - living.since
  const data = { ...who(living), ...exitFacts(exit), uptimeMs: roundMs(uptimeMs) }
  const level = levelOf(exit)
  const event = tell(state, 'supervisor.child_retired', pathOfLiving(living), data, level, exit.event)
  state.hears.fell(state, living, exit, uptimeMs, event)
}

function exited(state: State, living: Living, told: Exit) {
  if (living.phase === 'gone') return
  const exit = living.fault ?? told
  if (living.phase === 'starting') return startFailed(state, living, exit.error ?? exit)
  const asked = living.askedAt >= 0 && living.fault === undefined
  const counted = asked || living.phase === 'retired'
  const uptimeMs = state.clock.now() - living.since
  settle(state, living)
  if (living.why !== 'meanwhile') living.slot.last = { exit, at: state.clock.now() }
  const event = isHeard(state) ? tellExited(state, living, exit, uptimeMs, asked) : exit.event
  if (counted) state.hears.ended(state, living, exit, event)
  else state.hears.fell(state, living, exit, uptimeMs, event)
}

function tellExited(state: State, living: Living, exit: Exit, uptimeMs: number, asked: boolean): EventId | undefined {
  const data = { ...who(living), ...exitFacts(exit), uptimeMs: roundMs(uptimeMs), asked, ...soFar(state, living.slot) }
  const level = exit.reason === 'killed' && living.spec.shutdownMs === 'brutal_kill' ? 'info' : levelOf(exit)
  const because = exit.event ?? (asked ? living.because : undefined)
  return tell(state, 'supervisor.child_exited', pathOfLiving(living), data, level, because)
}

function soFar({ checked, budget, clock }: State, slot: Slot) {
  const { intensity, periodMs } = checked.figures
  const own = checked.budget === 'child' ? slot.budget : budget
  return { restartsSoFar: own === undefined ? 0 : inPeriod(own, checked.figures, clock.now()), intensity, periodMs }
}

function levelOf({ reason, what }: Exit): 'warn' | 'info' {
  return reason === 'error' || reason === 'killed' || what === 'escalated' ? 'warn' : 'info'
}

function stray(child: Child) {
  try {
    child.exited.then(undefined, () => {})
    child.kill()
  } catch {
    // It was told; there is no more to do.
  }
}
