// What a running supervisor can be told and asked, in Erlang's names. Each refusal is a ChildError with a code.
import { type Need, outsideFrames, settableNeed } from '../core/index.ts'
import { changeTo } from './change.ts'
import type { Checked } from './check.ts'
import { type CheckedSpec, checkSpec, isSameButId, sameSpec } from './check-spec.ts'
import type { Child } from './component.ts'
import { endSlot } from './ending.ts'
import { ChildError, type ChildErrorCode } from './errors.ts'
import { isBusy, quiet } from './group.ts'
import { outcomeOf } from './life.ts'
import { replaceSlot } from './replace.ts'
import { start } from './restart.ts'
import { addSlot, forget, offer } from './slots.ts'
import type { Spec, SupervisorOptions } from './spec.ts'
import { pathOf, type Slot, type State } from './state.ts'
import { countChildren, type Limits, limits, stateOf, whichChild, whichChildren } from './which.ts'

export interface Supervisor {
  /** Resolves when it is ready. When its start fails: rejects with that error, and the spec is not kept. */
  startChild<H>(spec: Spec<H>): Promise<Child<H> | 'ignore'>
  /** Ends it, a restart that waits included. It stays down (temporary and dynamic ones are forgotten) until restartChild or a group restart. */
  terminateChild(id: string | Child): Promise<void>
  /** Starts one that is stopped. When that fails: rejects with the error, and it stays stopped. */
  restartChild(id: string): Promise<Child | 'ignore'>
  deleteChild(id: string): void
  /**
   * A new life for a running child; costs no budget. With `overlap` the new one is ready before the old is asked to stop, and if it
   * fails the old stays: rejects with the reason. Without, or with `stopFirst`: stop, then start, and the rule has it from there. Of one
   * that waits for its restart: tries now. Once the new life is ready, the crashes so far are forgotten.
   */
  replace(id: string, how?: { readonly stopFirst?: boolean }): Promise<Child>
  /**
   * New options while it runs, as Erlang's code_change: children keep their lives; a changed spec counts from its next start on; one that
   * is new is known, and stopped (restartChild starts it); one that is not listed stays as it is. Not between dynamic and the others.
   */
  change(options: SupervisorOptions): Promise<void>
  /** A child as something to need, over all its lives: full while it runs. */
  need(id: string): Need
  whichChild(id: string): ReturnType<typeof whichChild>
  whichChildren(): ReturnType<typeof whichChildren>
  countChildren(): ReturnType<typeof countChildren>
  limits(): Limits
}

export function commands(state: State): Supervisor {
  let last: { readonly given: Spec; readonly checked: CheckedSpec; readonly under: Checked } | undefined
  const refuse = (code: ChildErrorCode, id: string, child?: Child) =>
    new ChildError(code, `${state.path}/${id}`, child === undefined ? {} : { child })
  const find = (id: string): Slot => {
    const slot = state.slots.get(id)
    if (slot === undefined) throw refuse('SELFHEAL_CHILD_NOT_FOUND', id)
    return slot
  }
  const mustBeOpen = () => {
    if (state.closing !== undefined) throw new ChildError('SELFHEAL_SUPERVISOR_STOPPED', state.path)
  }

  const sibling = (need: unknown) => {
    if (typeof need === 'string') return state.slots.has(need) ? need : undefined
    for (const { offers, current, given, spec } of state.slots.values())
      if (
        need === offers ||
        need === given ||
        (current !== undefined && (need === current.child || need === current.child?.need))
      )
        return spec.id
    return undefined
  }

  function startChild(given: Spec): Promise<Child | 'ignore'> {
    mustBeOpen()
    const spec = check(given)
    mustBeNew(spec.id)
    return isBusy(state) ? startQuietly(spec) : startNow(spec)
  }

  function check(given: Spec): CheckedSpec {
    if (last?.under === state.checked && given.needs === undefined && isSameButId(given, last.given))
      return sameSpec(given.id, last.checked)
    const checked = checkSpec(given, state.checked, pathIn(given), sibling)
    last = { given: { ...given }, checked, under: state.checked }
    return checked
  }

  const pathIn = (given: Partial<Spec> | undefined) => `${state.path}/${typeof given?.id === 'string' ? given.id : '(no id)'}`

  async function startQuietly(spec: CheckedSpec): Promise<Child | 'ignore'> {
    while (isBusy(state)) {
      await quiet(state)
      mustBeOpen()
      mustBeNew(spec.id)
    }
    return startNow(spec)
  }

  function startNow(spec: CheckedSpec): Promise<Child | 'ignore'> {
    return outcomeOf(start(state, addSlot(state, spec), 'first', undefined))
  }

  function mustBeNew(id: string) {
    const slot = state.slots.get(id)
    if (slot?.current !== undefined) throw refuse('SELFHEAL_CHILD_ALREADY_STARTED', id, slot.current.child)
    if (slot !== undefined) throw refuse('SELFHEAL_CHILD_ALREADY_PRESENT', id)
    if (state.slots.size >= state.checked.maxChildren) throw new ChildError('SELFHEAL_SUPERVISOR_FULL', state.path)
  }

  async function terminateChild(which: string | Child): Promise<void> {
    if (typeof which !== 'string') return terminateLife(which)
    const slot = find(which)
    state.group?.skipped.add(slot)
    if (state.group?.fallen === slot) state.group.wake()
    const waits = state.fallen.findIndex(fallen => fallen.slot === slot)
    if (waits >= 0) state.fallen.splice(waits, 1)
    await endSlot(state, slot, undefined)
    const below = `${pathOf(state, slot)}/`
    const left = [...state.unstopped].some(path => path.startsWith(below))
    const failed = left || slot.current?.unstopped === true || slot.next?.unstopped === true
    const forgotten = slot.spec.restart === 'temporary' || state.checked.strategy === 'dynamic'
    if (!failed && forgotten && slot.next === undefined) forget(state, slot)
    if (failed) throw refuse('SELFHEAL_CHILD_UNSTOPPED', which)
  }

  async function terminateLife(child: Child): Promise<void> {
    const byChild = (state.byChild ??= mapChildren(state))
    const slot = byChild.get(child)
    // Also by its last life's handle while its restart waits or is tried: that cancels it.
    if (slot?.latest === child && state.slots.get(slot.spec.id) === slot) return terminateChild(slot.spec.id)
    if (await isOver(child)) return
    if (slot === undefined) throw new ChildError('SELFHEAL_CHILD_NOT_FOUND', `${state.path}: that child`)
    await child.exited
  }

  async function restartChild(id: string): Promise<Child | 'ignore'> {
    mustBeOpen()
    const down = () => {
      const slot = find(id)
      const is = stateOf(state, slot)
      if (is === 'running' || is === 'unstopped') throw refuse('SELFHEAL_CHILD_RUNNING', id)
      if (is !== 'stopped') throw refuse('SELFHEAL_CHILD_RESTARTING', id)
      return slot
    }
    let slot = down()
    while (slot.ending !== undefined || isBusy(state)) {
      await (slot.ending ?? quiet(state))
      mustBeOpen()
      slot = down()
    }
    return outcomeOf(start(state, slot, 'asked', undefined))
  }

  function deleteChild(id: string): void {
    const slot = find(id)
    const is = stateOf(state, slot)
    if (is === 'running' || is === 'unstopped') throw refuse('SELFHEAL_CHILD_RUNNING', id)
    if (is !== 'stopped') throw refuse('SELFHEAL_CHILD_RESTARTING', id)
    forget(state, slot)
  }

  function need(id: string): Need {
    const slot = find(id)
    if (slot.offers === undefined) {
      slot.offers = settableNeed(pathOf(state, slot), { usable: 'none', state: 'down', causes: [], since: state.clock.wall() })
      offer(slot)
    }
    return slot.offers
  }

  async function replace(id: string, how: { readonly stopFirst?: boolean } = {}): Promise<Child> {
    mustBeOpen()
    return replaceSlot(state, find(id), how.stopFirst === true)
  }

  async function change(options: SupervisorOptions): Promise<void> {
    mustBeOpen()
    while (isBusy(state)) await quiet(state)
    mustBeOpen()
    changeTo(state, options)
  }

  return Object.freeze({
    startChild<H>(spec: Spec<H>) {
      try {
        return startChild(spec) as Promise<Child<H> | 'ignore'>
      } catch (error) {
        return Promise.reject(error)
      }
    },
    terminateChild: (which: string | Child) => outsideFrames(() => terminateChild(which)),
    restartChild: (id: string) => outsideFrames(() => restartChild(id)),
    deleteChild,
    replace: (id: string, how?: { readonly stopFirst?: boolean }) => outsideFrames(() => replace(id, how)),
    change: (options: SupervisorOptions) => outsideFrames(() => change(options)),
    need,
    whichChild: (id: string) => whichChild(state, find(id)),
    whichChildren: () => whichChildren(state),
    countChildren: () => countChildren(state),
    limits: () => limits(state),
  })
}

/** Built when first a child is ended by its handle; from then on kept. */
function mapChildren({ slots }: State): WeakMap<object, Slot> {
  const map = new WeakMap<object, Slot>()
  for (const slot of slots.values()) {
    if (slot.given !== undefined) map.set(slot.given, slot)
    if (slot.latest !== undefined) map.set(slot.latest, slot)
  }
  return map
}

function isOver(child: Child): Promise<boolean> {
  const over = child.exited.then(
    () => true,
    () => true,
  )
  return Promise.race([over, new Promise<boolean>(resolve => setImmediate(resolve, false))])
}
