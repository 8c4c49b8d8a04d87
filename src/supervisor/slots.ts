// The places of children: made, forgotten, remembered, and what each is to others.
import type { CheckedSpec } from './check-spec.ts'
import type { Past, Slot, State } from './state.ts'

/** Its place, the last in the order of start. */
export function addSlot(state: State, spec: CheckedSpec): Slot {
  const past = state.pasts.size === 0 ? undefined : recall(state, spec.id)
  const slot: Slot = {
    state,
    spec,
    count: past?.count ?? 0,
    looping: past?.looping ?? false,
    generation: 0,
    current: undefined,
    next: undefined,
    old: undefined,
    standby: undefined,
    due: undefined,
    budget: past?.budget,
    ending: undefined,
    because: undefined,
    given: undefined,
    latest: undefined,
    last: undefined,
    restarts: 0,
    offers: undefined,
  }
  state.slots.set(spec.id, slot)
  if (spec.needs.length > 0) state.needed = new Set([...state.needed, ...spec.needs])
  return slot
}

/** Its spec is not kept. Its restarts are, for as long as they could count. */
export function forget(state: State, slot: Slot): void {
  const { slots, leaving } = state
  const { id } = slot.spec
  if (slots.get(id) !== slot) return
  slots.delete(id)
  state.agenda.drop(slot.due)
  slot.due = undefined
  if (hasLives(slot)) leaving.add(slot)
  if (slot.count > 0 || slot.budget !== undefined) remember(state, slot)
}

function remember(state: State, { spec, count, looping, budget }: Slot) {
  recall(state, spec.id)
  state.pasts.set(spec.id, { count, looping, budget, at: state.clock.now() })
}

/** Forgets those that can count no more, and takes this one out. */
function recall({ pasts, checked, clock }: State, id: string): Past | undefined {
  const since = clock.now() - Math.max(checked.figures.periodMs, checked.figures.resetAfterMs)
  for (const [old, { at }] of pasts) {
    if (at >= since) break
    pasts.delete(old)
  }
  const past = pasts.get(id)
  pasts.delete(id)
  return past
}

/** What it is to others now. */
export function offer({ offers, current, old, next, state }: Slot): void {
  if (offers === undefined) return
  const well = (current !== undefined && current.askedAt < 0) || (old !== undefined && next !== undefined)
  const since = state.clock.wall()
  const says = `${offers.name} is down`
  offers.set(
    well
      ? { usable: 'full', state: 'running', causes: [], since }
      : { usable: 'none', state: 'down', causes: [{ code: 'child_down', says, since }], since },
  )
}

export function hasLives({ current, next, old, standby }: Slot): boolean {
  return current !== undefined || next !== undefined || old !== undefined || standby?.living !== undefined
}
