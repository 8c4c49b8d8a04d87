// supervisor(options): a component whose children are components. Starts them in order, keeps them by the one rule, and ends them in
// reverse. Being a component itself, it nests: what it can't heal it ends with, and its own supervisor reads that as a fall.
//
//   starting ─► running ─┬─ asked by its life's signal ─► ending ─► exits shutdown
//      │ a first start   ├─ restarts used up ───────────► ending ─► exits shutdown, escalated
//      │ fails: rejects  ├─ a significant child ended ──► ending ─► exits shutdown
//      ▼                 └─ a child can't be stopped ───► ending ─► exits error, escalated, naming it
import { agenda } from './agenda.ts'
import { checkOptions } from './check.ts'
import { commands, type Supervisor } from './commands.ts'
import type { Child, Component, Exit, Life } from './component.ts'
import { endAll, exitOf, killAll } from './ending.ts'
import { ChildError } from './errors.ts'
import { givenTo } from './inherited.ts'
import { outcomeOf } from './life.ts'
import { end } from './life-end.ts'
import { escalateUnstopped, leftBehind, onChildFell, onReady, onStartFailed, retire, start, takeFallen } from './restart.ts'
import { heal, noBudgetSpent, noFalls } from './rule.ts'
import { addSlot, forget, hasLives } from './slots.ts'
import type { SupervisorOptions } from './spec.ts'
import { endStandby, onStandbyFell } from './standby.ts'
import { type Hears, pathOfLiving, type State } from './state.ts'

/** Options, or what makes them anew at each start: `ignore` is "not now", and what it throws fails the start. */
export type SupervisorInit =
  | SupervisorOptions
  | ((life: Life) => SupervisorOptions | 'ignore' | Promise<SupervisorOptions | 'ignore'>)

/** Throws a ConfigError that lists every fault of the options. */
export function supervisor(init: SupervisorInit): Component<Supervisor> {
  if (typeof init !== 'function') checkOptions(init)
  return Object.freeze({
    kind: 'supervisor',
    async start(life: Life): Promise<Child<Supervisor> | 'ignore'> {
      const options = typeof init === 'function' ? await init(life) : init
      if (options === 'ignore') return options
      const done = Promise.withResolvers<Exit>()
      const state = newState(options, life, done.resolve)
      const stop = () => state.close({ reason: 'shutdown' })
      life.signal.addEventListener('abort', stop, { once: true })
      if (life.signal.aborted) stop()
      await startChildren(state, life, done.promise)
      const kill = () => {
        state.close({ reason: 'killed' })
        return killAll(state)
      }
      return Object.freeze({ handle: commands(state), exited: done.promise, kill })
    },
  })
}

function newState(options: SupervisorOptions, life: Life, ended: (exit: Exit) => void): State {
  const checked = checkOptions(options, life.path)
  const { clock, events, random, isRoot } = givenTo(life, options)
  const state: State = {
    path: life.path,
    isRoot,
    checked,
    clock,
    events,
    random,
    agenda: agenda(clock),
    slots: new Map(),
    leaving: new Set(),
    needed: new Set(),
    pasts: new Map(),
    arrivals: [],
    byChild: undefined,
    falls: noFalls(),
    budget: noBudgetSpent(),
    starting: true,
    closing: undefined,
    group: undefined,
    fallen: [],
    unstopped: new Set(),
    close(exit: Exit) {
      if (state.closing !== undefined) return
      state.closing = exit
      state.group?.wake()
      void endAll(state).then(() => ended(exitOf(state)))
    },
    hears,
  }
  return state
}

/** Left to right, each ready before the next. When one fails, those started are ended in reverse, and it rejects. */
async function startChildren(state: State, life: Life, ended: Promise<Exit>): Promise<void> {
  let failure: unknown
  for (const spec of state.checked.children) {
    if (state.closing !== undefined) break
    const slot = addSlot(state, spec)
    const living = start(state, slot, 'first', life.because)
    try {
      await outcomeOf(living)
    } catch (cause) {
      // The rule has it already.
      if (living.why === 'rule') continue
      failure = new ChildError('SELFHEAL_CHILD_START_FAILED', `${state.path}/${spec.id}`, { cause })
      state.close({ reason: 'shutdown', what: 'start' })
    }
  }
  if (state.closing !== undefined) {
    const exit = await ended
    if (exit.what === 'escalated') throw new ChildError('SELFHEAL_CHILD_START_FAILED', state.path, { cause: says(exit) })
    if (life.signal.aborted) throw life.signal.reason
    throw failure
  }
  state.starting = false
  takeFallen(state)
}

function says({ info }: Exit): string {
  return `its children failed while it started: ${JSON.stringify(info)}`
}

const hears = Object.freeze<Hears>({
  ready: onReady,
  ignored(state, { slot, why }) {
    const kept = state.checked.strategy !== 'dynamic' && slot.spec.restart !== 'temporary'
    if (why === 'meanwhile' || slot.current !== undefined) return
    heal(slot)
    void endStandby(state, slot, slot.because)
    if (!kept) forget(state, slot)
  },
  startFailed(state, living, error, event) {
    if (living.why === 'meanwhile') onStandbyFell(state, living.slot, event)
    else onStartFailed(state, living, error, event)
  },
  fell(state, living, exit, uptimeMs, because) {
    const { slot } = living
    if (living.why === 'meanwhile') return onStandbyFell(state, slot, because)
    if (living.phase === 'retired') {
      // It finishes what it has while its successor starts; its time to end runs from here.
      retire(slot, living)
      void end(state, living, because)
    }
    onChildFell(state, { slot, exit, uptimeMs, because })
  },
  ended(state, living, exit, because) {
    if (state.unstopped.size > 0) state.unstopped.delete(pathOfLiving(living))
    leftBehind(state, exit)
    if (state.leaving.has(living.slot) && !hasLives(living.slot)) state.leaving.delete(living.slot)
    if (living.why === 'meanwhile') onStandbyFell(state, living.slot, because)
  },
  unstopped(state, living) {
    state.unstopped.add(pathOfLiving(living))
    // One whose successor has taken over holds nothing that is needed: it is told of, and the rest goes on.
    if (living.slot.old?.includes(living) !== true) escalateUnstopped(state)
  },
})
