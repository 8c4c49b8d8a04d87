// What a restart waits for: needs that are no siblings. A start that must fail heals nothing, and would use up its restarts.
import type { EventId, Need } from '../core/index.ts'
import { pathOf, type Slot, type State, tell } from './state.ts'

/** How often it is looked whether what a restart waits for is back, ± 50 %: those that wait for one thing must not start together. */
const LOOK_AGAIN_MS = 1_000

/** The first of its needs, other than siblings, that can't be used now. */
export function unusable({ spec }: Slot): Need | undefined {
  return spec.waitsFor.find(need => {
    try {
      return need.reading().usable === 'none'
    } catch {
      return false
    }
  })
}

export function tellWaits(state: State, slot: Slot, need: Need, because: EventId | undefined): EventId | undefined {
  const data = { id: slot.spec.id, generation: slot.generation + 1, for: need.name }
  return tell(state, 'supervisor.child_waits', pathOf(state, slot), data, 'info', because)
}

export function lookAgainMs({ random }: State): number {
  return LOOK_AGAIN_MS * (0.5 + random())
}
