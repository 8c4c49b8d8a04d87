// A new life and its signal. The AbortController is made when someone first reads `life.signal`: most of many small children never do.
import type { EventId } from '../core/index.ts'
import type { Life } from './component.ts'
import { type Living, pathOf, type Slot, type State, type Why } from './state.ts'

/** Why a signal aborts: one for all, so that asking thousands to stop costs no stack each. */
export const PLEASE_STOP = Object.freeze(new DOMException('asked to stop by its supervisor', 'AbortError'))

const LIVING = Symbol('living')
type OwnedLife = Life & { readonly [LIVING]: Living }

const lifeProto = Object.defineProperty({ beat }, 'signal', {
  enumerable: true,
  get(this: OwnedLife): AbortSignal {
    const living = this[LIVING]
    if (living.controller === undefined) {
      living.controller = new AbortController()
      if (living.askedAt >= 0) living.controller.abort(PLEASE_STOP)
    }
    return living.controller.signal
  },
})

export function newLife(state: State, slot: Slot, why: Why, because: EventId | undefined, standby?: Living['spec']): Living {
  const own = pathOf(state, slot)
  const path = standby === undefined ? own : `${own}/meanwhile`
  const living: Living = {
    slot,
    spec: standby ?? slot.spec,
    life: undefined as unknown as Life,
    why,
    because,
    phase: 'starting',
    child: undefined,
    since: state.clock.now(),
    askedAt: -1,
    killed: false,
    late: false,
    fault: undefined,
    vigil: undefined,
    unstopped: false,
    due: undefined,
    controller: undefined,
    waiters: undefined,
    outcome: undefined,
  }
  const generation = standby === undefined ? ++slot.generation : slot.standby!.generation
  const facts = { id: slot.spec.id, path, generation, ...(because === undefined ? {} : { because }), [LIVING]: living }
  Object.assign(living, { life: Object.freeze(Object.setPrototypeOf(facts, lifeProto)) })
  return living
}

function beat(this: OwnedLife) {
  const { vigil, slot } = this[LIVING]
  if (vigil !== undefined) vigil.beatAt = slot.state.clock.now()
}

/** Aborts its signal, when anybody has read it. Who reads it later finds it aborted. */
export function abort(living: Living): void {
  living.controller?.abort(PLEASE_STOP)
}
