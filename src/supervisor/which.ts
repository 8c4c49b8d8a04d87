// What a supervisor says of its children. It must not lie: what is shown is read from the lives there are.
import type { Child } from './component.ts'
import { comesWithGroup } from './group.ts'
import type { Slot, State } from './state.ts'

export interface ChildState {
  readonly id: string
  /** `restarting`: a start is in progress; `waiting`: for its restart; `unstopped`: it was told to end, and did not. */
  readonly state: 'running' | 'restarting' | 'waiting' | 'stopped' | 'unstopped'
  readonly generation: number
  /** The one that takes the work, or still has to end. */
  readonly child?: Child
  /** Its restarts are used up: it is tried seldom. */
  readonly looping: boolean
  /** Restarts since it was last well. */
  readonly restarts: number
}

export function stateOf(state: State, slot: Slot): ChildState['state'] {
  const { current, next, due } = slot
  if (current !== undefined) return current.unstopped ? 'unstopped' : 'running'
  if (next !== undefined) return next.unstopped ? 'unstopped' : 'restarting'
  if (due !== undefined) return 'waiting'
  return comesWithGroup(state, slot) || state.fallen.some(fallen => fallen.slot === slot) ? 'waiting' : 'stopped'
}

export function whichChildren(state: State): readonly ChildState[] {
  return [...state.slots.values()].map(slot => {
    const { current, looping, count, spec } = slot
    const generation = current?.life.generation ?? slot.generation
    const shown = { id: spec.id, state: stateOf(state, slot), generation, looping, restarts: count }
    return current?.child === undefined ? shown : { ...shown, child: current.child }
  })
}

/** Erlang's counts: specs known, alive ones, and how many are supervisors or not, alive or dead. */
export function countChildren({ slots }: State): { specs: number; active: number; supervisors: number; workers: number } {
  let active = 0
  let supervisors = 0
  for (const { current, spec } of slots.values()) {
    if (current !== undefined) active++
    if (spec.component.kind === 'supervisor') supervisors++
  }
  return { specs: slots.size, active, supervisors, workers: slots.size - supervisors }
}
