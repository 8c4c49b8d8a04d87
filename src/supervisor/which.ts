// What a supervisor says of its children. It must not lie: what is shown is read from the lives there are.
import type { Child, Component, Exit } from './component.ts'
import { comesWithGroup } from './group.ts'
import { inPeriod } from './rule.ts'
import type { Strategy } from './spec.ts'
import type { Slot, State } from './state.ts'

export interface ChildState {
  readonly id: string
  readonly kind: Component['kind']
  /** `restarting`: a start is in progress; `waiting`: for its restart; `unstopped`: it was told to end, and did not. */
  readonly state: 'running' | 'restarting' | 'waiting' | 'stopped' | 'unstopped'
  readonly generation: number
  /** The one that takes the work, or still has to end. */
  readonly child?: Child
  /** Its restarts are used up: it is tried seldom. */
  readonly looping: boolean
  /** Restarts since it was last well. */
  readonly restarts: number
  /** Restarts ever. */
  readonly everRestarted: number
  /** How long it has been in this state, when that is known: running is its uptime, unstopped since it was asked. */
  readonly forMs?: number
  /** Until its next start is tried. */
  readonly nextMs?: number
  /** How its last life, or its last try to start, ended. */
  readonly last?: { readonly exit: Exit; readonly agoMs: number }
  readonly needs: readonly string[]
}

/** What a supervisor goes by, and how much of it is used up. */
export interface Limits {
  readonly strategy: Strategy
  readonly budget: 'supervisor' | 'child'
  readonly intensity: number
  readonly periodMs: number
  /** Restarts within the period so far, of all its children. With a budget for each child: 0. */
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
  return [...state.slots.values()].map(slot => whichChild(state, slot))
}

export function whichChild(state: State, slot: Slot): ChildState {
  const now = state.clock.now()
  const { current, looping, count, spec, last } = slot
  const is = stateOf(state, slot)
  const since = sinceOf(slot, is)
  return {
    id: spec.id,
    kind: spec.component.kind,
    state: is,
    generation: current?.generation ?? slot.generation,
    looping,
    restarts: count,
    everRestarted: slot.restarts,
    needs: spec.needs,
    ...(current?.child === undefined ? {} : { child: current.child }),
    ...(since === undefined ? {} : { forMs: now - since }),
    ...(is === 'waiting' && slot.due !== undefined ? { nextMs: Math.max(0, slot.due.at - now) } : {}),
    ...(last === undefined ? {} : { last: { exit: last.exit, agoMs: now - last.at } }),
  }
}

function sinceOf({ current, next, last }: Slot, is: ChildState['state']): number | undefined {
  if (is === 'running') return current!.since
  if (is === 'unstopped') return (current ?? next)!.askedAt
  return is === 'restarting' ? next!.since : last?.at
}

export function limits({ checked, budget, clock }: State): Limits {
  const { strategy, figures } = checked
  const { intensity, periodMs } = figures
  return { strategy, budget: checked.budget, intensity, periodMs, restarts: inPeriod(budget, figures, clock.now()) }
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
