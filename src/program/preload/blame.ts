// Whose error is it? Node's async context answers for what is thrown by timers, microtasks, promises. It does not for throws that unwind
// an async scope (undici, pools, anything bound by AsyncResource), so those are noted on their way out; and it answers wrongly for a
// socket that one request opened and others share (a pool's), so such sockets are opened outside of every request.
import { AsyncLocalStorage, AsyncResource } from 'node:async_hooks'
import { syncBuiltinESMExports } from 'node:module'
import net from 'node:net'
import tls from 'node:tls'
import { currentFrame, outsideFrames } from '../../core/index.ts'
import type { Scope } from './request-scope.ts'

type Any = (this: unknown, ...args: unknown[]) => unknown

const tags = new WeakMap<object, Scope>()
/** Of a thrown text or number, which can't be a key. */
let bare: { readonly error: unknown; readonly scope: Scope } | undefined

/** Notes whose it is. The innermost note stays, unless it is of a request that has ended (a kept error object, thrown again). */
export function tag(error: unknown, scope: Scope): void {
  if (typeof error !== 'object' || error === null) bare = { error, scope }
  else if (tags.get(error)?.open !== true) tags.set(error, scope)
}

export interface Blame {
  readonly scope: Scope | undefined
  /** Thrown under its very hands; else its async context says so. */
  readonly sure: boolean
  /** Path of the component whose code threw. */
  readonly owner: string | undefined
}

/** To be asked where the uncaught error is heard. */
export function blamed(error: unknown): Blame {
  const noted = typeof error === 'object' && error !== null ? tags.get(error) : bare?.error === error ? bare?.scope : undefined
  bare = undefined
  const frame = currentFrame()
  const own = frame?.request as Scope | undefined
  const scope = noted?.open === true ? noted : (own ?? noted)
  return { scope, sure: scope !== undefined && scope === noted, owner: frame?.owner }
}

/** Wraps Node's own prototypes, once, before the app is loaded. */
export function watchScopes(): void {
  const inScope = AsyncResource.prototype.runInAsyncScope as Any
  AsyncResource.prototype.runInAsyncScope = function (this: AsyncResource, fn: Any, self?: unknown, ...args: unknown[]) {
    return Reflect.apply(inScope, this, [noting, undefined, fn, self, args])
  } as typeof AsyncResource.prototype.runInAsyncScope

  const { snapshot } = AsyncLocalStorage
  AsyncLocalStorage.snapshot = (() => {
    const run = snapshot.call(AsyncLocalStorage) as Any
    return (fn: Any, ...args: unknown[]) => run(noting, fn, undefined, args)
  }) as typeof AsyncLocalStorage.snapshot

  const connect = net.Socket.prototype.connect as Any
  net.Socket.prototype.connect = function (this: net.Socket, ...args: unknown[]) {
    return outsideFrames(() => Reflect.apply(connect, this, args))
  } as typeof net.Socket.prototype.connect

  const secure = tls.connect as Any
  tls.connect = ((...args: unknown[]) => outsideFrames(() => Reflect.apply(secure, tls, args))) as typeof tls.connect
  syncBuiltinESMExports()
}

function noting(fn: Any, self: unknown, args: unknown[]): unknown {
  try {
    return Reflect.apply(fn, self, args)
  } catch (error) {
    const scope = currentFrame()?.request as Scope | undefined
    if (scope !== undefined) tag(error, scope)
    throw error
  }
}
