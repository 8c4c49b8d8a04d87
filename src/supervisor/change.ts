// New options for a supervisor that runs, as Erlang's code_change has it: no life is touched. Order of start: as listed now, then those
// that are known and not listed.
import { ConfigError } from '../core/index.ts'
import { checkOptions } from './check.ts'
import { byNeeds } from './needs.ts'
import { addSlot } from './slots.ts'
import type { SupervisorOptions } from './spec.ts'
import type { State } from './state.ts'

/** Throws a ConfigError, and then nothing is changed. */
export function changeTo(state: State, options: SupervisorOptions): void {
  const what = `${state.path}: change`
  const next = checkOptions(options, what)
  if ((next.strategy === 'dynamic') !== (state.checked.strategy === 'dynamic'))
    throw new ConfigError(what, [{ at: 'strategy', says: `must stay ${state.checked.strategy}: its children live by it` }])
  const listed = new Map(next.children.map(spec => [spec.id, spec]))
  const kept = [...state.slots.values()].filter(({ spec }) => !listed.has(spec.id))
  const sorted = byNeeds([...next.children, ...kept.map(({ spec }) => spec)])
  if ('circle' in sorted)
    throw new ConfigError(what, [{ at: 'children', says: `must not go round in a circle: ${sorted.circle.join(' → ')}` }])
  const before = new Map(state.slots)
  state.checked = next
  state.needed = new Set(sorted.order.flatMap(spec => spec.needs))
  state.slots.clear()
  for (const spec of sorted.order) {
    const slot = before.get(spec.id)
    if (slot === undefined) addSlot(state, spec)
    else {
      slot.spec = spec
      state.slots.set(spec.id, slot)
    }
  }
}
