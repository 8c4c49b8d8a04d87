// A new life and its signal. A life as its component sees it is one pointer, and what is read of it is made when it is first read: most
// of many small children never look at their path, and never at their signal.
import type { EventId } from '../core/index.ts'
import type { Life } from './component.ts'
import { type Living, pathOfLiving, type Slot, type State, type Why } from './state.ts'

/** Why a signal aborts: one for all, so that asking thousands to stop costs no stack each. */
export const PLEASE_STOP = Object.freeze(new DOMException('asked to stop by its supervisor', 'AbortError'))

const LIVING = Symbol('living')
type OwnedLife = Life & { readonly [LIVING]: Living }

const lifeProto = Object.freeze({
  get id() {
    return owned(this).slot.spec.id
  },
  get path() {
    return pathOfLiving(owned(this))
  },
  get generation() {
    return owned(this).generation
  },
  get because() {
    return owned(this).startedBecause
  },
  get signal(): AbortSignal {
    const living = owned(this)
    if (living.controller === undefined) {
      living.controller = new AbortController()
      if (living.askedAt >= 0) living.controller.abort(PLEASE_STOP)
    }
    return living.controller.signal
  },
  beat() {
    const { vigil, slot } = owned(this)
    if (vigil !== undefined) vigil.beatAt = slot.state.clock.now()
  },
})

/** By `new`: of all ways to make thousands of objects with a prototype the quickest. */
const OwnLife = function (this: { [LIVING]: Living }, living: Living) {
  this[LIVING] = living
} as unknown as new (
  living: Living,
) => Life
OwnLife.prototype = lifeProto

function owned(life: object): Living {
  return (life as OwnedLife)[LIVING]
}

export function newLiving(state: State, slot: Slot, why: Why, because: EventId | undefined, standby?: Living['spec']): Living {
  return {
    slot,
    spec: standby ?? slot.spec,
    generation: standby === undefined ? ++slot.generation : slot.standby!.generation,
    startedBecause: because,
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
    asked: undefined,
    waiters: undefined,
    outcome: undefined,
  }
}

export function lifeOf(living: Living): Life {
  return new OwnLife(living)
}

/** Told once, when it is asked to stop: lighter than its signal, for our own components. At once when it was asked already. */
export function whenAsked(life: Life, fn: () => void): void {
  const living = (life as Partial<OwnedLife>)[LIVING]
  if (living === undefined || living.asked !== undefined) {
    if (life.signal.aborted) fn()
    else life.signal.addEventListener('abort', fn, { once: true })
  } else if (living.askedAt >= 0) fn()
  else living.asked = fn
}

export function isAsked(life: Life): boolean {
  const living = (life as Partial<OwnedLife>)[LIVING]
  return living === undefined ? life.signal.aborted : living.askedAt >= 0
}

export function isHeeded({ controller, asked }: Living): boolean {
  return controller !== undefined || asked !== undefined
}

/** Tells it by all it has taken. Who reads its signal later finds it aborted. */
export function abort(living: Living): void {
  living.controller?.abort(PLEASE_STOP)
  living.asked?.()
}
