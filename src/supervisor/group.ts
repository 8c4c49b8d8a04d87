// Siblings restarted together: one_for_all all of them, rest_for_one those started after the one that fell, and in any strategy those
// that need it. One restart, whatever their number; one at a time: who falls meanwhile waits in state.fallen.
//
//   stopping (in reverse) ─► waiting ─► starting (in order) ─► done, and whoever fell meanwhile is looked at
//       ▲                                   │ one fails: it counts; one_for_all stops all again, rest_for_one only from that one on
//       └───────────────────────────────────┘
import type { EventId } from '../core/index.ts'
import { endSlot } from './ending.ts'
import { outcomeOf } from './life.ts'
import { felledWith } from './needs.ts'
import { announce, judge, start, takeFallen } from './restart.ts'
import { forget } from './slots.ts'
import type { Strategy } from './spec.ts'
import { startStandby } from './standby.ts'
import { pathOf, type Slot, type State, tell } from './state.ts'
import { lookAgainMs, tellWaits, unusable } from './usable.ts'
import { stateOf } from './which.ts'

export interface Group {
  phase: 'stopping' | 'waiting' | 'starting'
  members: readonly Slot[]
  /** The one whose fall, or failed start, is waited out. */
  fallen: Slot
  /** Terminated by a command meanwhile: they stay down. */
  readonly skipped: Set<Slot>
  /** A later fall of an earlier sibling takes this restart over. */
  over: boolean
  /** Cuts the wait short. */
  wake: () => void
  /** Resolved when the next try to start them has been made: with why one of them failed, if one did. */
  tried: PromiseWithResolvers<Tried>
  /** While it stops and starts: commands that start something wait for it. */
  busy: PromiseWithResolvers<void> | undefined
}

export type Tried = { readonly failed?: unknown }

export async function regroup(state: State, fallen: Slot, waitMs: number, because: EventId | undefined): Promise<void> {
  return restartAll(state, fallen, membersFrom(state, fallen), waitMs, because)
}

/** It has a new life that nobody fell for: whoever needs it and runs is restarted on it. */
export async function restartDependents(state: State, slot: Slot, because: EventId | undefined): Promise<void> {
  const goes = (one: Slot) => one !== slot && stateOf(state, one) !== 'stopped'
  if (!felledBy(state, [slot], 'one_for_one').some(goes)) return
  // A restart under way is taken over, with all that it had to bring back.
  const going = felledBy(state, [slot, ...(state.group?.members ?? [])], 'one_for_one').filter(goes)
  const ids = going.map(({ spec }) => spec.id)
  const data = { id: slot.spec.id, generation: slot.generation, dependents: ids }
  const event = tell(state, 'supervisor.dependents_restarting', pathOf(state, slot), data, 'info', because)
  return restartAll(state, slot, going, 0, event)
}

async function restartAll(
  state: State,
  fallen: Slot,
  members: readonly Slot[],
  waitMs: number,
  because: EventId | undefined,
): Promise<void> {
  const before = state.group
  if (before !== undefined) {
    before.over = true
    before.wake()
  }
  const group: Group = {
    phase: 'stopping',
    members,
    fallen,
    skipped: new Set(),
    over: false,
    wake: () => {},
    tried: Promise.withResolvers(),
    busy: undefined,
  }
  state.group = group
  let wait: number | undefined = waitMs
  let reason = because
  // The first restart may follow at once, in this turn; a repeated one must not hold the loop.
  for (let tries = 0; wait !== undefined; tries++) {
    busy(group, 'stopping')
    if (!(await stop(state, group, reason))) break
    rest(group)
    // Those who are down because of one that crash-loops are down as long as it is.
    if (group.fallen.looping) for (const member of group.members) startStandby(state, member, reason)
    if (wait > 0 || tries > 0) await pause(state, group, wait)
    await untilUsable(state, group, reason)
    if (state.closing !== undefined || group.over) break
    busy(group, 'starting')
    const failed: Failed | undefined = await startAll(state, group, reason)
    group.tried.resolve(failed === undefined ? {} : { failed: failed.error })
    group.tried = Promise.withResolvers()
    if (failed === undefined || state.closing !== undefined) break
    ;({ wait, because: reason } = again(state, group, failed))
  }
  rest(group)
  group.tried.resolve({})
  if (state.group === group) {
    state.group = undefined
    if (state.closing === undefined) takeFallen(state)
  }
}

/** A group restart stops or starts something now, and does not only wait. */
export function isBusy({ group }: State): boolean {
  return group?.busy !== undefined
}

/** The group restart under way will start it. */
export function comesWithGroup({ group }: State, slot: Slot): boolean {
  return group?.members.includes(slot) === true && !group.skipped.has(slot)
}

/** Resolves when the group restart under way has come to a wait, or to its end. */
export async function quiet({ group }: State): Promise<void> {
  await group?.busy?.promise
}

interface Failed {
  readonly slot: Slot
  readonly error: unknown
  readonly because: EventId | undefined
}

/** Those of a restart that is taken over are among them. By needs alone nobody is started who was down for another reason. */
function membersFrom(state: State, fallen: Slot): readonly Slot[] {
  const { strategy } = state.checked
  const all = felledBy(state, [fallen, ...(state.group?.members ?? [])], strategy)
  return strategy === 'one_for_one' ? all.filter(slot => slot === fallen || stateOf(state, slot) !== 'stopped') : all
}

function felledBy({ slots }: State, fallen: readonly Slot[], strategy: Strategy): readonly Slot[] {
  const all = [...slots.values()]
  const specs = all.map(({ spec }) => spec)
  const down = felledWith(
    strategy,
    specs,
    fallen.map(({ spec }) => spec.id),
  )
  return all.filter(({ spec }) => down.has(spec.id))
}

/** False: the supervisor is ending. */
async function stop(state: State, group: Group, because: EventId | undefined): Promise<boolean> {
  for (const slot of [...group.members].reverse()) {
    await endSlot(state, slot, because, 'but_standby')
    if (state.closing !== undefined) return false
    if (slot.spec.restart === 'temporary' && slot.current === undefined && slot.next === undefined) forget(state, slot)
  }
  group.members = group.members.filter(slot => state.slots.get(slot.spec.id) === slot)
  return true
}

function pause(state: State, group: Group, ms: number): Promise<void> {
  return new Promise(resolve => {
    const due = state.agenda.in(ms, resolve)
    group.wake = () => {
      state.agenda.drop(due)
      resolve()
    }
  })
}

/** What none of them could start without. */
async function untilUsable(state: State, group: Group, because: EventId | undefined): Promise<void> {
  for (let told = false; state.closing === undefined && !group.over; told = true) {
    const slot = group.members.find(member => !group.skipped.has(member) && unusable(member) !== undefined)
    if (slot === undefined) return
    if (!told) tellWaits(state, slot, unusable(slot)!, because)
    await pause(state, group, lookAgainMs(state))
  }
}

async function startAll(state: State, group: Group, because: EventId | undefined): Promise<Failed | undefined> {
  for (const slot of group.members) {
    const down = slot.current === undefined && slot.next === undefined && slot.ending === undefined
    if (!down || group.skipped.has(slot) || state.slots.get(slot.spec.id) !== slot) continue
    try {
      await outcomeOf(start(state, slot, 'group', because))
    } catch (error) {
      // A stop by command is no failure.
      if (!group.skipped.has(slot) && state.closing === undefined) return { slot, error, because: slot.because }
    }
    if (state.closing !== undefined) return undefined
  }
  return undefined
}

function again(
  state: State,
  group: Group,
  { slot, because }: Failed,
): { wait: number | undefined; because: EventId | undefined } {
  const verdict = judge(state, slot, 'error', 0)
  // Whoever failed to start was to come back: the rule can't say that it rests.
  if (verdict.does === 'rests') return { wait: undefined, because }
  const event = announce(state, slot, verdict, because)
  group.fallen = slot
  if (verdict.does === 'escalates') return { wait: undefined, because: event }
  if (state.checked.strategy === 'rest_for_one') group.members = group.members.slice(group.members.indexOf(slot))
  return { wait: verdict.waitMs, because: event }
}

function busy(group: Group, phase: 'stopping' | 'starting') {
  group.phase = phase
  group.busy ??= Promise.withResolvers()
}

function rest(group: Group) {
  group.phase = 'waiting'
  group.busy?.resolve()
  group.busy = undefined
}
