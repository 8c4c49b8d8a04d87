// The end of a life: asked, then killed, then reported. Every step has its time, kept here and nowhere else.
import { type Ambient, currentFrame, type EventId, runUnder } from '../core/index.ts'
import type { Exit } from './component.ts'
import { ChildError } from './errors.ts'
import { roundMs } from './events.ts'
import { abort, isHeeded } from './signal.ts'
import { offer } from './slots.ts'
import { type Living, pathOfLiving, type State, tell } from './state.ts'

/** What a killed life, and a late start, has left to end in. */
export const GRACE_MS = 1_000
/** The most that what was found unwell is given to end by itself. */
const UNWELL_MS = 5_000

const LIVING = Symbol.for('selfheal.living.1')

/** Asks it to stop, kills it when its time is up. Resolves when nothing of it is left, or it is reported unstopped. */
export function end(
  state: State,
  living: Living,
  because: EventId | undefined,
  shutdownMs = living.spec.shutdownMs,
): Promise<void> {
  return new Promise(resolve => endThen(state, living, because, resolve, shutdownMs))
}

/** The same, with a call instead of a promise. */
export function endThen(
  state: State,
  living: Living,
  because: EventId | undefined,
  done: () => void,
  shutdownMs = living.spec.shutdownMs,
): void {
  if (living.phase === 'gone') return void done()
  if (living.askedAt < 0 || living.late) {
    living.late = false
    state.agenda.drop(living.due)
    living.due = undefined
    if (shutdownMs === 'brutal_kill') kill(state, living, because)
    else {
      if (shutdownMs !== Number.POSITIVE_INFINITY) living.due = state.agenda.in(shutdownMs, overdue, living)
      ask(state, living, because)
    }
  }
  if (living.unstopped) return void done()
  if (living.waiters === undefined) living.waiters = [done]
  else living.waiters.push(done)
}

function overdue(living: Living) {
  kill(living.slot.state, living, living.because)
}

/** It was found unwell: ended as what has fallen, with this exit. False: it is ending already, or gone. */
export function fail(state: State, living: Living, exit: Exit, event: EventId | undefined): boolean {
  if (living.phase === 'gone' || living.askedAt >= 0) return false
  living.fault = event === undefined ? exit : { ...exit, event }
  const { shutdownMs } = living.spec
  void end(state, living, event, shutdownMs === 'brutal_kill' ? shutdownMs : Math.min(shutdownMs, UNWELL_MS))
  return true
}

/** Kills it now. False: it can't be killed. */
export function kill(state: State, living: Living, because: EventId | undefined): boolean {
  if (living.phase === 'gone') return true
  state.agenda.drop(living.due)
  living.killed = true
  let killed = false
  try {
    killed = living.child?.kill() === true
  } catch {
    // It says false in its own way.
  }
  const askedBefore = living.askedAt >= 0 ? state.clock.now() - living.askedAt : 0
  ask(state, living, because)
  living.due = state.agenda.in(killed ? GRACE_MS : Math.max(0, GRACE_MS - askedBefore), () => unstopped(state, living, 'stop'))
  return killed
}

export function ask(state: State, living: Living, because: EventId | undefined) {
  if (living.askedAt >= 0) return
  living.askedAt = state.clock.now()
  living.because = because
  endVigil(state, living)
  offer(living.slot)
  if (isHeeded(living)) runUnder(frameOf(living), () => abort(living))
}

export function unstopped(state: State, living: Living, during: 'start' | 'stop') {
  if (living.phase === 'gone' || living.unstopped) return
  living.unstopped = true
  living.due = undefined
  const data = { ...who(living), forMs: roundMs(state.clock.now() - living.askedAt), during }
  tell(state, 'supervisor.child_unstopped', pathOfLiving(living), data, 'alarm', living.because)
  if (during === 'stop') state.hears.unstopped(state, living)
  answer(living, outcome => outcome.reject(new ChildError('SELFHEAL_CHILD_UNSTOPPED', pathOfLiving(living))))
  release(living)
}

/** Nothing more will come of it. */
export function settle(state: State, living: Living) {
  living.phase = 'gone'
  endVigil(state, living)
  state.agenda.drop(living.due)
  living.due = undefined
  leave(living)
  release(living)
}

function endVigil({ agenda }: State, living: Living) {
  agenda.drop(living.vigil?.check)
  agenda.drop(living.vigil?.heartbeat)
  living.vigil = undefined
}

function leave(living: Living) {
  const { slot } = living
  if (slot.current === living) slot.current = undefined
  if (slot.next === living) slot.next = undefined
  if (slot.standby?.living === living) slot.standby.living = undefined
  if (slot.old !== undefined) {
    slot.old = slot.old.filter(other => other !== living)
    if (slot.old.length === 0) slot.old = undefined
  }
  offer(slot)
}

function release(living: Living) {
  const { waiters } = living
  if (waiters === undefined) return
  living.waiters = undefined
  for (const waiter of waiters) waiter()
}

/** Tells whoever waits for its start, once. */
export function answer(living: Living, how: (outcome: NonNullable<Living['outcome']>) => void) {
  const { outcome } = living
  if (outcome === undefined) return
  living.outcome = undefined
  // Who asked may have gone: then the refusal is nobody's.
  outcome.promise.catch(() => {})
  how(outcome)
}

export function who({ slot, generation, why }: Living) {
  const { id } = slot.spec
  return why === 'meanwhile' ? { id, generation, meanwhile: true as const } : { id, generation }
}

/** What its code runs in: errors that nobody caught are known by it. */
export function frameOf(living: Living): Ambient {
  const { startedBecause: because } = living
  const frame = { deadline: Number.POSITIVE_INFINITY, owner: pathOfLiving(living), [LIVING]: living }
  return because === undefined ? frame : { ...frame, because }
}

/** Whose code runs now. */
export function livingNow(): Living | undefined {
  return (currentFrame() as { readonly [LIVING]?: Living } | undefined)?.[LIVING]
}
