// The standby: what runs in a crash-looping child's place while it is down (`meanwhile`), and in that of siblings that are down with it. It is kept going without counting: it is the
// last thing that still answers. It ends after a try of the child was ready.
import { backoffMs, type EventId } from '../core/index.ts'
import { begin } from './life.ts'
import { end } from './life-end.ts'
import type { Living, Slot, State } from './state.ts'

export function startStandby(state: State, slot: Slot, because: EventId | undefined): void {
  const running = slot.standby?.living
  if (slot.standby?.due !== undefined || (running !== undefined && running.askedAt < 0)) return
  if (slot.standby === undefined) {
    const component = componentFor(state, slot)
    if (component === undefined) return
    slot.standby = { component, living: undefined, generation: 0, failures: 0, due: undefined }
  }
  const standby = slot.standby
  // One that was asked to stop may still finish what it has.
  if (running !== undefined) (slot.old ??= []).push(running)
  standby.generation++
  const spec = {
    component: standby.component,
    shutdownMs: slot.spec.shutdownMs,
    startWithinMs: 30_000,
    health: undefined,
    heartbeatMs: undefined,
  }
  standby.living = begin(state, slot, 'meanwhile', because, spec)
}

/** It fell, or could not start: again, unless the child is back meanwhile. */
export function onStandbyFell(state: State, slot: Slot, because: EventId | undefined): void {
  const { standby } = slot
  if (standby === undefined || standby.due !== undefined || !wanted(state, slot)) return
  const waitMs = backoffMs(standby.failures++, state.checked.figures.backoff, state.random)
  standby.due = state.agenda.in(Math.max(waitMs, 10), () => {
    standby.due = undefined
    if (wanted(state, slot)) startStandby(state, slot, because)
  })
}

/** Asks it to stop; what it has accepted it may finish. */
export function endStandby(state: State, slot: Slot, because: EventId | undefined): Promise<void> | undefined {
  const { standby } = slot
  if (standby === undefined) return undefined
  state.agenda.drop(standby.due)
  standby.due = undefined
  standby.failures = 0
  return standby.living === undefined ? undefined : end(state, standby.living, because)
}

function wanted(state: State, slot: Slot): boolean {
  const { group } = state
  const waits = group?.fallen.looping === true && group.members.includes(slot) && !group.skipped.has(slot)
  return (slot.looping || waits) && slot.current === undefined && slot.ending === undefined && state.closing === undefined
}

function componentFor(state: State, slot: Slot): Living['spec']['component'] | undefined {
  try {
    return state.checked.meanwhile?.(slot.spec.id)
  } catch {
    return undefined
  }
}
