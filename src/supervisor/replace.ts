// replace: a new life for a child that is well (a reload). With overlap the new one is ready before the old is asked to stop, and a new
// one that fails leaves the old where it is; without, the old is stopped first. One at a time; it costs no budget.
import type { Child } from './component.ts'
import { endSlot } from './ending.ts'
import { ChildError } from './errors.ts'
import { comesWithGroup } from './group.ts'
import { outcomeOf } from './life.ts'
import { mended, start, wait } from './restart.ts'
import { pathOf, type Slot, type State, tell } from './state.ts'
import { stateOf } from './which.ts'

export async function replaceSlot(state: State, slot: Slot, stopFirst: boolean): Promise<Child> {
  const { next, current, spec } = slot
  const path = pathOf(state, slot)
  if (next !== undefined)
    throw new ChildError(current === undefined ? 'SELFHEAL_CHILD_RESTARTING' : 'SELFHEAL_CHILD_REPLACING', path)
  if (slot.ending !== undefined) throw new ChildError('SELFHEAL_CHILD_REPLACING', path)
  if (slot.due !== undefined && current === undefined) return tryNow(state, slot)
  if (current === undefined && comesWithGroup(state, slot)) return withGroup(state, slot)
  if (current === undefined)
    throw new ChildError(stateOf(state, slot) === 'stopped' ? 'SELFHEAL_CHILD_NOT_RUNNING' : 'SELFHEAL_CHILD_RESTARTING', path)
  if (current.unstopped) throw new ChildError('SELFHEAL_CHILD_UNSTOPPED', path)
  return spec.component.overlap === true && !stopFirst ? beside(state, slot) : after(state, slot, current.generation)
}

/** New one first. Once it is ready the loop puts it in the old one's place, and asks the old to stop. */
async function beside(state: State, slot: Slot): Promise<Child> {
  return readyChild(state, slot, await outcomeOf(start(state, slot, 'replace', undefined)))
}

async function after(state: State, slot: Slot, before: number): Promise<Child> {
  await endSlot(state, slot, undefined)
  const path = pathOf(state, slot)
  if (state.closing !== undefined) throw new ChildError('SELFHEAL_SUPERVISOR_STOPPED', state.path)
  if (comesWithGroup(state, slot)) throw new ChildError('SELFHEAL_CHILD_RESTARTING', path)
  if (slot.current !== undefined || slot.next !== undefined || state.slots.get(slot.spec.id) !== slot)
    throw new ChildError('SELFHEAL_CHILD_UNSTOPPED', path)
  const child = readyChild(state, slot, await outcomeOf(start(state, slot, 'rule', undefined)))
  tell(state, 'supervisor.child_replaced', path, { id: slot.spec.id, generation: slot.generation, before }, 'info', undefined)
  return child
}

/** It waits for its restart: that restart is tried now, and if it fails the wait goes on where it was. */
async function tryNow(state: State, slot: Slot): Promise<Child> {
  const leftMs = Math.max(0, slot.due!.at - state.clock.now())
  const because = slot.because
  const living = start(state, slot, 'replace', because)
  try {
    return readyChild(state, slot, await outcomeOf(living))
  } catch (error) {
    // Stopped by a command meanwhile: it is not to come back.
    if ((error as Partial<ChildError>).code === 'SELFHEAL_CHILD_STOPPED') throw error
    const down = slot.current === undefined && slot.next === undefined && slot.ending === undefined
    if (down && state.closing === undefined && state.slots.get(slot.spec.id) === slot) wait(state, slot, leftMs, slot.because)
    throw error
  }
}

/** It waits for a restart together with others: that is tried now, for all of them. */
async function withGroup(state: State, slot: Slot): Promise<Child> {
  const group = state.group!
  const path = pathOf(state, slot)
  if (group.phase !== 'waiting') throw new ChildError('SELFHEAL_CHILD_RESTARTING', path)
  const { promise } = group.tried
  group.wake()
  const { failed } = await promise
  if (failed !== undefined) throw failed
  const child = slot.current?.child
  if (child === undefined) throw new ChildError('SELFHEAL_CHILD_RESTARTING', path)
  for (const member of group.members) if (member.current !== undefined) mended(state, member, member.because)
  return child
}

function readyChild(state: State, slot: Slot, child: Child | 'ignore'): Child {
  if (child === 'ignore') throw new ChildError('SELFHEAL_CHILD_NOT_RUNNING', pathOf(state, slot))
  return child
}
