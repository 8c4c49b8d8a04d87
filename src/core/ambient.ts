// The ambient frame: what a call inherits by its async context. ONE AsyncLocalStorage for the whole package, also when two copies
// of it are loaded. Frames are frozen; a child frame can only shorten the deadline.
import { AsyncLocalStorage, AsyncResource } from 'node:async_hooks'
import type { EventId } from './events.ts'

export interface Ambient {
  /** Absolute, on `clock.now()`. Infinity: none. */
  readonly deadline: number
  /** Path of the component whose code runs: stray errors go to it. */
  readonly owner?: string
  /** The innermost request: it gets the 500, before the owner is asked. */
  readonly request?: { fail(error: unknown): void }
  /** An outer guard retries already; inner guards try once. */
  readonly retries?: 'taken'
  /** A failover of this name runs this call: one further in asks one provider only. */
  readonly failover?: string
  /** The event that led to this code's running. */
  readonly because?: EventId
  /** The request that gave the deadline. */
  readonly span?: Span
}

/** One request, from its beginning to its answer. Once `over`, what it left running (a job, a stream) is not bound by its deadline any more. */
export interface Span {
  readonly deadline: number
  over: boolean
}

const KEY = Symbol.for('selfheal.ambient.1')
const shared = globalThis as { [KEY]?: AsyncLocalStorage<Ambient> }
shared[KEY] ??= new AsyncLocalStorage<Ambient>()
const storage = shared[KEY]

/** The frame around the code that runs now, or `undefined` outside of any. */
export function currentFrame(): Ambient | undefined {
  const frame = storage.getStore()
  return frame?.span?.over === true ? afterSpan(frame) : frame
}

/** A deadline of its own, nearer than the request's, stays. */
function afterSpan({ span, ...frame }: Ambient): Ambient {
  return Object.freeze(frame.deadline < span!.deadline ? frame : { ...frame, deadline: Number.POSITIVE_INFINITY })
}

/** Runs `fn` under a frame made of the current one and `change`; the deadline can only come nearer. */
export function runInFrame<T>(change: Partial<Ambient>, fn: () => T): T {
  const outer = currentFrame()
  const deadline = Math.min(outer?.deadline ?? Number.POSITIVE_INFINITY, change.deadline ?? Number.POSITIVE_INFINITY)
  return storage.run(Object.freeze({ ...outer, ...change, deadline }), fn)
}

/** Runs `fn(arg)` under a frame that the caller has made: its deadline must not be later than the current one's. Other contexts stay. */
export function runInside<A, T>(frame: Ambient, fn: (arg: A) => T, arg: A): T {
  return storage.run(frame, fn, arg)
}

/**
 * From here on `frame` is the current one. Only inside AsyncResource.runInAsyncScope(), which undoes it: that way a frame costs a fifth of
 * what AsyncLocalStorage.run asks for. Its deadline must not be later than the current one's.
 */
export function enterFrame(frame: Ambient): void {
  storage.enterWith(frame)
}

const begun = storage.exit(() => AsyncLocalStorage.snapshot())

/** Runs `fn` in the context the package was loaded in, other libraries' part of it included: for what must hold on to no context at all. */
export function outsideAll<T>(fn: () => T): T {
  return begun(fn)
}

/** Whether what is entered there ends with it (Node 24 on): then a frame costs one context, and run(), which makes a second to come back, two. */
const staysInside = (() => {
  const probe: Ambient = { deadline: 0 }
  begun(() => storage.enterWith(probe))
  const stays = begun(() => storage.getStore()) !== probe
  if (!stays) begun(() => storage.enterWith(undefined as unknown as Ambient))
  return stays
})()

/** Whether the caller's context is back when Node's own call into JavaScript returns, whatever was entered in it (Node 24 on). */
export const contextReturns: boolean = staysInside

/** Runs `fn` under exactly this frame, and in no other context: what it starts holds on to nothing of its caller's. */
export function runUnder<T>(frame: Ambient, fn: () => T): T {
  if (!staysInside) return begun(() => storage.run(frame, fn))
  return begun(() => {
    storage.enterWith(frame)
    return fn()
  })
}

// Made at import, in nobody's context. AsyncLocalStorage.exit would leave the app's own storages as they are.
const root = new AsyncResource('selfheal')

/** Runs `fn` in no request's and no component's context, nor in the app's own. Timers and listeners of shared state start here. */
export function outsideFrames<T>(fn: () => T): T {
  return root.runInAsyncScope(fn)
}
