// What follows when a child falls: asks the rule, and does what it says, for children that stand alone. Where siblings fall with it,
// group.ts takes over.
import type { EventId } from '../core/index.ts'
import type { Exit } from './component.ts'
import { errorFacts } from './events.ts'
import { regroup, restartDependents } from './group.ts'
import { begin } from './life.ts'
import { end } from './life-end.ts'
import { heal, noBudgetSpent, onFall, type Verdict } from './rule.ts'
import { forget, offer } from './slots.ts'
import { endStandby, startStandby } from './standby.ts'
import { type Fallen, isHeard, type Living, pathOf, type Slot, type State, tell, type Why } from './state.ts'
import { lookAgainMs, tellWaits, unusable } from './usable.ts'

/** A fall that counts. Waits its turn while siblings are being restarted together. */
export function onChildFell(state: State, fallen: Fallen): void {
  const { slot, exit } = fallen
  if (state.closing !== undefined || slot.ending !== undefined) return
  if (leftBehind(state, exit)) return
  if (fallsWithOthers(state, slot)) {
    const { group } = state
    if (group?.phase === 'stopping' && group.members.includes(slot)) return
    if (state.starting || (group !== undefined && group.phase !== 'waiting')) return void state.fallen.push(fallen)
  }
  follow(state, slot, judge(state, slot, exit.reason, fallen.uptimeMs), exit, fallen.because)
}

/** What waited: falls of children that are still down. */
export function takeFallen(state: State): void {
  for (let fallen = state.fallen.shift(); fallen !== undefined; fallen = state.fallen.shift()) {
    const { slot } = fallen
    const down = slot.current === undefined && slot.next === undefined && slot.due === undefined
    if (down && state.slots.get(slot.spec.id) === slot) onChildFell(state, fallen)
    if (state.group !== undefined && state.group.phase !== 'waiting') return
  }
}

export function judge(state: State, slot: Slot, reason: Exit['reason'], uptimeMs: number): Verdict {
  state.agenda.drop(slot.due)
  slot.due = undefined
  const { checked, random, clock, falls } = state
  const budget = checked.budget === 'child' ? (slot.budget ??= noBudgetSpent()) : state.budget
  return onFall(
    slot,
    budget,
    falls,
    { by: slot, restart: slot.spec.restart, reason, uptimeMs },
    checked.figures,
    clock.now(),
    random,
  )
}

function follow(state: State, slot: Slot, verdict: Verdict, exit: Exit, because: EventId | undefined) {
  if (verdict.does === 'rests') return rests(state, slot, exit, because)
  const event = announce(state, slot, verdict, because)
  if (verdict.does === 'escalates') return
  if (fallsWithOthers(state, slot)) return void regroup(state, slot, verdict.waitMs, event)
  if (slot.next !== undefined) {
    // A replacement is on its way already: it becomes this restart's try.
    slot.next.why = 'rule'
    return
  }
  // Only a first one may start in this turn: a child that falls at each start must not hold the loop.
  if (verdict.waitMs === 0 && verdict.attempt === 1) startOnceUsable(state, slot, event)
  else wait(state, slot, verdict.waitMs, event)
}

/** Tells what the rule said. Ends the supervisor where it said so. */
export function announce(
  state: State,
  slot: Slot,
  verdict: Exclude<Verdict, { does: 'rests' }>,
  because: EventId | undefined,
): EventId | undefined {
  const { id } = slot.spec
  const { intensity, periodMs } = state.checked.figures
  const limits = { restarts: verdict.restarts, intensity, periodMs }
  if (verdict.does === 'escalates') {
    const event = tell(state, 'supervisor.exhausted', state.path, { id, ...limits }, state.isRoot ? 'alarm' : 'warn', because)
    state.close({ reason: 'shutdown', what: 'escalated', info: { id, ...limits }, ...(event === undefined ? {} : { event }) })
    return event
  }
  slot.restarts++
  if (verdict.does === 'restarts' && !isHeard(state)) return because
  const next = { id, generation: slot.generation + 1, ...limits, attempt: verdict.attempt }
  if (verdict.does === 'restarts')
    return tell(state, 'supervisor.child_restarting', pathOf(state, slot), { ...next, waitMs: verdict.waitMs }, 'info', because)
  const event = verdict.first
    ? tell(state, 'supervisor.crash_looping', pathOf(state, slot), { ...next, retryMs: verdict.waitMs }, 'alarm', because)
    : tell(state, 'supervisor.child_restarting', pathOf(state, slot), { ...next, waitMs: verdict.waitMs }, 'info', because)
  startStandby(state, slot, event)
  return event
}

/** Starts its next life. */
export function start(state: State, slot: Slot, why: Why, because: EventId | undefined): Living {
  if (slot.current === undefined) {
    state.agenda.drop(slot.due)
    slot.due = undefined
  }
  const living = begin(state, slot, why, because)
  slot.next = living
  return living
}

export function wait(state: State, slot: Slot, ms: number, because: EventId | undefined): void {
  slot.because = because
  slot.due = state.agenda.in(ms, () => startOnceUsable(state, slot, because))
}

/** Now, or when what it needs can be used again: a start that must fail heals nothing, and would use up its restarts. */
function startOnceUsable(state: State, slot: Slot, because: EventId | undefined, told = false): void {
  slot.due = undefined
  const down = unusable(slot)
  if (down === undefined) return void start(state, slot, 'rule', because)
  const event = told ? because : tellWaits(state, slot, down, because)
  slot.because = event
  slot.due = state.agenda.in(lookAgainMs(state), () => startOnceUsable(state, slot, event, true))
}

export function onReady(state: State, living: Living, event: EventId | undefined): void {
  const { slot } = living
  if (living.why === 'meanwhile') return
  const before = slot.current
  slot.next = undefined
  slot.current = living
  slot.because = undefined
  slot.latest = living.child
  if (living.why === 'first') slot.given = living.child
  state.byChild?.set(living.child!, slot)
  offer(slot)
  if (before !== undefined) {
    retire(slot, before)
    const data = { id: slot.spec.id, generation: living.generation, before: before.generation }
    const replaced = tell(state, 'supervisor.child_replaced', pathOf(state, slot), data, 'info', event)
    void end(state, before, replaced)
  }
  if (living.why !== 'first' && living.why !== 'group' && state.needed.has(slot.spec.id))
    void restartDependents(state, slot, event)
  // Whoever has a child replaced may have mended it: its crashes so far are forgotten.
  const byHand = living.why === 'replace'
  endStandby(state, slot, event)
  if (byHand) mended(state, slot, event)
  if (!slot.looping) return
  state.agenda.drop(slot.due)
  const afterMs = state.checked.figures.resetAfterMs
  slot.due = state.agenda.in(afterMs, () => recovered(state, slot, afterMs, event))
}

/** By whoever had it started: what it did before is forgotten. */
export function mended(state: State, slot: Slot, event: EventId | undefined): void {
  if (slot.looping) {
    state.agenda.drop(slot.due)
    recovered(state, slot, 0, event)
  } else forgive(slot)
}

function recovered(state: State, slot: Slot, afterMs: number, event: EventId | undefined) {
  slot.due = undefined
  const data = { id: slot.spec.id, generation: slot.generation, afterMs, attempts: slot.count }
  tell(state, 'supervisor.recovered', pathOf(state, slot), data, 'info', event)
  forgive(slot)
}

function forgive(slot: Slot) {
  heal(slot)
  slot.budget = undefined
}

/** A start that the rule asked for has failed. What a command or a group asked for is told to it alone. */
export function onStartFailed(state: State, living: Living, error: unknown, event: EventId | undefined): void {
  const { slot } = living
  slot.because = event
  if (living.why === 'first' && state.closing === undefined && state.checked.retriesFirst(error)) living.why = 'rule'
  // startChild keeps nothing of what could not start.
  if (
    living.why === 'first' &&
    !state.starting &&
    slot.current === undefined &&
    slot.next === undefined &&
    slot.due === undefined
  )
    forget(state, slot)
  if (living.why !== 'rule') return
  onChildFell(state, { slot, exit: { reason: 'error', what: 'start', error: errorFacts(error) }, uptimeMs: 0, because: event })
}

/** It takes no more work: its successor does, or will. */
export function retire(slot: Slot, living: Living): void {
  if (slot.current === living) slot.current = undefined
  slot.old ??= []
  slot.old.push(living)
  offer(slot)
}

/** It ended and does not come back. */
export function rests(state: State, slot: Slot, exit: Exit, because: EventId | undefined): void {
  const { checked, slots } = state
  const { spec } = slot
  heal(slot)
  void endStandby(state, slot, because)
  const gone = spec.restart === 'temporary' || checked.strategy === 'dynamic'
  if (gone && slot.next === undefined) forget(state, slot)
  if (!spec.significant) return
  const ends = spec.restart === 'temporary' || exit.reason === 'normal' || exit.reason === 'shutdown'
  if (!ends) return
  if (
    checked.autoShutdown === 'all_significant' &&
    [...slots.values()].some(other => other !== slot && isSignificantAndLive(other))
  )
    return
  state.close({ reason: 'shutdown', info: { autoShutdown: spec.id }, ...(because === undefined ? {} : { event: because }) })
}

/** What can't be stopped here can only be ended with the process. False: who was told never to give up keeps what still works. */
export function escalateUnstopped(state: State): boolean {
  if (state.checked.figures.retryEveryMs !== undefined) return false
  state.close({ reason: 'error', what: 'escalated' })
  return true
}

/** By the strategy, or because others need it. */
function fallsWithOthers({ checked, needed, group }: State, slot: Slot): boolean {
  if (checked.strategy === 'one_for_all' || checked.strategy === 'rest_for_one') return true
  return needed.has(slot.spec.id) || group?.members.includes(slot) === true
}

function isSignificantAndLive({ spec, current, next, due }: Slot): boolean {
  return spec.significant && (current !== undefined || next !== undefined || due !== undefined)
}

/** A supervisor below says what it could not stop. True: this one ends for it. */
export function leftBehind(state: State, { what, info }: Exit): boolean {
  if (what !== 'escalated' || typeof info !== 'object' || info === null || !('unstopped' in info)) return false
  const paths = Array.isArray(info.unstopped) ? info.unstopped : []
  for (const path of paths) state.unstopped.add(String(path))
  return paths.length > 0 && escalateUnstopped(state)
}
