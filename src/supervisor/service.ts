// service(…): a component in this process. An async function is ready once called, and its promise is its life; an object with start
// and stop is ready when start is; an event emitter (a server, a socket) lives until it says close or error. It can't be killed, only
// asked: by `life.signal`, by stop(), by close().
import type { Child, Component, Exit, Life } from './component.ts'
import { isThenable } from './distrust.ts'
import { type Emitter, isEmitter, liveEmitter } from './emitter.ts'
import { isAsked, whenAsked } from './signal.ts'

export interface ServiceObject<H = unknown> {
  /** Ready when it resolves; what it gives is the handle. An event emitter is watched: its error and its close end the life. */
  start(life: Life): PromiseLike<H> | H
  /** Its life, where it can end by itself: over when this settles, as an error when it rejects. Default: until it is asked to stop. */
  ended?(handle: H): PromiseLike<unknown>
  /** Asked to stop. Its life is over when this resolves. */
  stop?(handle: H): PromiseLike<unknown> | unknown
}
export type ServiceFunction = (life: Life) => PromiseLike<unknown> | Emitter

export function service<H>(what: ServiceObject<H>): Component<H>
export function service<H extends Emitter>(what: (life: Life) => H): Component<H>
export function service(what: (life: Life) => PromiseLike<unknown>): Component<undefined>
export function service(what: ServiceFunction | ServiceObject): Component {
  if (typeof what === 'function') return own(life => startFunction(what, life))
  if (typeof what === 'object' && what !== null && typeof what.start === 'function') return own(life => startObject(what, life))
  throw new TypeError(
    `service() takes an async function, a function that gives an event emitter, or { start, stop }: not ${String(what)}`,
  )
}

type Starter = (life: Life) => Promise<Child> | Child
const starters = new WeakMap<Component, Starter>()

function own(start: Starter): Component {
  const component: Component = Object.freeze({ kind: 'service', start: async (life: Life) => start(life) })
  starters.set(component, start)
  return component
}

/** As start(), but one of ours that is ready at once gives its child at once, without a promise. */
export function startComponent(component: Component, life: Life): unknown {
  const start = starters.get(component)
  return start === undefined ? component.start(life) : start(life)
}

function startFunction(fn: ServiceFunction, life: Life): Promise<Child> | Child {
  const made = fn(life)
  if (isEmitter(made)) return liveEmitter(made, life)
  if (!isThenable(made)) throw new TypeError('a service function must give a promise, which is its life, or an event emitter')
  const exited = made.then(
    () => endedWell(life),
    error => endedBadly(life, error),
  )
  return inProcess(undefined, exited as Promise<Exit>)
}

function startObject(what: ServiceObject, life: Life): Promise<Child> | Child {
  const handle = what.start(life)
  return isThenable(handle)
    ? Promise.resolve(handle).then(ready => liveObject(what, ready, life))
    : liveObject(what, handle, life)
}

function liveObject(what: ServiceObject, handle: unknown, life: Life): Promise<Child> | Child {
  if (isAsked(life)) return tooLate(what, handle, life)
  if (isEmitter(handle)) return liveEmitter(handle, life, what.stop === undefined ? undefined : () => what.stop!(handle))
  const exited = new Promise<Exit>(resolve => {
    whenAsked(life, () => stopObject(what, handle, life, resolve))
    what.ended?.(handle).then(
      () => resolve(endedWell(life)),
      error => resolve(endedBadly(life, error)),
    )
  })
  return inProcess(handle, exited)
}

async function tooLate(what: ServiceObject, handle: unknown, life: Life): Promise<never> {
  await what.stop?.(handle)
  throw life.signal.reason
}

function stopObject(what: ServiceObject, handle: unknown, life: Life, resolve: (exit: Exit) => void) {
  try {
    const stopping = what.stop?.(handle)
    if (!isThenable(stopping)) return resolve(SHUTDOWN)
    stopping.then(
      () => resolve(SHUTDOWN),
      error => resolve(endedBadly(life, error)),
    )
  } catch (error) {
    resolve(endedBadly(life, error))
  }
}

export function inProcess<H>(handle: H, exited: Promise<Exit>): Child<H> {
  return Object.freeze({ handle, exited, kill: cannotKill })
}

/** JavaScript can't end code that runs in its own process. */
function cannotKill(): boolean {
  return false
}

export function endedWell(life: Life): Exit {
  return isAsked(life) ? SHUTDOWN : NORMAL
}

/** Whoever was asked to stop, and passes on that it was, has stopped as asked. */
export function endedBadly(life: Life, error: unknown): Exit {
  if (isAsked(life) && (error === life.signal.reason || (error as { name?: unknown } | null)?.name === 'AbortError'))
    return SHUTDOWN
  return { reason: 'error', what: 'uncaught', error }
}

const NORMAL: Exit = Object.freeze({ reason: 'normal' })
const SHUTDOWN: Exit = Object.freeze({ reason: 'shutdown' })
