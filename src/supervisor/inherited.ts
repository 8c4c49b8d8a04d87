// A supervisor inside another takes its parent's clock, events and chance, and knows that it is not the top.
import { createEvents, systemClock } from '../core/index.ts'
import type { Life } from './component.ts'
import type { Given } from './spec.ts'

const inherited = new WeakMap<Life, Given>()

/** For the supervisor that starts with this life. */
export function giveOn(life: Life, given: Given): void {
  inherited.set(life, given)
}

/** What it was given itself, else what its parent has, else the defaults. */
export function givenTo(life: Life, own: Given): Required<Given> & { readonly isRoot: boolean } {
  const from = inherited.get(life)
  return {
    clock: own.clock ?? from?.clock ?? systemClock,
    events: own.events ?? from?.events ?? createEvents(),
    random: own.random ?? from?.random ?? Math.random,
    isRoot: from === undefined || roots.has(from),
  }
}

const roots = new WeakSet<Given>()

/** Marks what is given as the root's: whoever takes it stands at the top. */
export function rootGiven(given: Given): Given {
  roots.add(given)
  return given
}
