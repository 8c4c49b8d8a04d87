// Ends what runs: all lives of one child, or all children of the supervisor in the order of its strategy.
import type { EventId } from '../core/index.ts'
import type { Exit } from './component.ts'
import { end, endThen, kill } from './life-end.ts'
import { endStandby } from './standby.ts'
import type { Living, Slot, State } from './state.ts'

/** Ends every life of this child, the retired ones too. What ends meanwhile does not count. Resolves when they are gone or unstopped. */
export function endSlot(
  state: State,
  slot: Slot,
  because: EventId | undefined,
  what: 'all' | 'but_standby' = 'all',
): Promise<void> {
  state.agenda.drop(slot.due)
  slot.due = undefined
  const { current, next, old } = slot
  const standby = what === 'all' ? endStandby(state, slot, because) : undefined
  if (slot.ending !== undefined) return standby === undefined ? slot.ending : Promise.all([slot.ending, standby]).then(() => {})
  if (current === undefined && next === undefined && old === undefined && standby === undefined) return Promise.resolve()
  const ends = [current, next, ...(old ?? [])].filter(living => living !== undefined).map(living => end(state, living, because))
  if (standby !== undefined) ends.push(standby)
  slot.ending = (ends.length === 1 ? ends[0]! : Promise.all(ends)).then(() => {
    slot.ending = undefined
  })
  return slot.ending
}

/** Ends all children: dynamic ones together, others one by one, the last started first. */
export async function endAll(state: State): Promise<void> {
  const because = state.closing?.event
  const slots = [...state.slots.values()]
  for (const slot of slots) cancel(state, slot)
  if (state.checked.strategy === 'dynamic') await together(slots, (slot, done) => endSlotThen(state, slot, because, done))
  else for (const slot of slots.reverse()) await endSlot(state, slot, because)
  await Promise.all([...state.leaving].map(slot => endSlot(state, slot, because)))
}

function together(slots: readonly Slot[], endOne: (slot: Slot, done: () => void) => void): Promise<void> {
  return new Promise(resolve => {
    let left = slots.length + 1
    const done = () => {
      if (--left === 0) resolve()
    }
    for (const slot of slots) endOne(slot, done)
    done()
  })
}

/** Of a child with one life, as most are, without a promise: the supervisor is closing, and nothing else waits for it. */
function endSlotThen(state: State, slot: Slot, because: EventId | undefined, done: () => void) {
  const { current, next, old, standby, ending } = slot
  if (current !== undefined && next === undefined && old === undefined && standby === undefined && ending === undefined)
    endThen(state, current, because, done)
  else endSlot(state, slot, because).then(done)
}

/** Kills every life now. False: one of them can't be killed. */
export function killAll(state: State): boolean {
  let killed = true
  for (const slot of [...state.slots.values(), ...state.leaving])
    for (const living of livesOf(slot)) killed = kill(state, living, undefined) && killed
  return killed
}

/** What an ended supervisor tells its parent: as it was meant, unless something could not be stopped. */
export function exitOf(state: State): Exit {
  const exit = state.closing!
  if (state.unstopped.size === 0) return exit
  const info = { ...(isRecord(exit.info) ? exit.info : {}), unstopped: [...state.unstopped] }
  return { ...exit, reason: 'error', what: 'escalated', info }
}

function cancel(state: State, slot: Slot) {
  state.agenda.drop(slot.due)
  state.agenda.drop(slot.standby?.due)
  slot.due = undefined
}

function livesOf({ current, next, old, standby }: Slot): readonly Living[] {
  return [current, next, standby?.living, ...(old ?? [])].filter(living => living !== undefined)
}

function isRecord(value: unknown): value is Record<string, never> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
