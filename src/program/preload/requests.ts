// The requests this program is answering: each runs in an ambient frame of its own, so that an uncaught error finds the one it belongs to.
// Which those are is known at http's own 'request' event; the app, whatever its framework, is not touched. On the path of every request:
// two objects, one context, no closure.
//
//   emit('request') ─► frame { request } ─► the app          req.emit('data' | 'end' …) ─► the same frame: the parser has none
import type { IncomingMessage, ServerResponse } from 'node:http'
import https from 'node:https'
import type { Server as NetServer } from 'node:net'
import { contextReturns, currentFrame, enterFrame, runInside } from '../../core/index.ts'
import { tag } from './blame.ts'
import { openRequests } from './open-requests.ts'
import { type OwnScope, type Scope, scopeOf } from './request-scope.ts'
import type { RouteBoard } from './routes.ts'
import { isHttp2 } from './sessions.ts'

const http = process.getBuiltinModule('node:http')

export interface Requests {
  readonly open: Iterable<Scope>
  /** HTTP/1 requests of a server that also speaks HTTP/2 (allowHTTP1) are watched as any other. */
  watch(server: NetServer): void
  /** From here each answer ends its connection. */
  leave(): void
}

const SCOPE = Symbol('selfheal.request')
type Emit = (this: unknown, ...args: unknown[]) => boolean
type Marked = { [SCOPE]?: OwnScope }

interface Emission {
  readonly emit: Emit
  readonly self: unknown
  readonly args: readonly unknown[]
  readonly scope: OwnScope
}

/** Wraps Node's own prototypes, once, before the app is loaded. */
export function watchRequests(board: RouteBoard): Requests {
  const open = openRequests()
  let leaving = false

  function closed(this: ServerResponse) {
    const scope = (this.req as Marked)[SCOPE]!
    open.remove(scope)
    board.end(scope.number)
  }
  const begin = (request: IncomingMessage & Marked, response: ServerResponse): OwnScope => {
    const scope = scopeOf(request, response)
    const outer = currentFrame()
    scope.frame = Object.freeze(
      outer === undefined ? { deadline: Number.POSITIVE_INFINITY, request: scope } : { ...outer, request: scope },
    )
    scope.number = board.begin(request.method, request.url)
    request[SCOPE] = scope
    open.add(scope)
    response.on('close', closed)
    if (leaving) response.shouldKeepAlive = false
    return scope
  }

  const watched = new WeakSet<object>()
  const watch = (prototype: NetServer) => {
    if (watched.has(prototype)) return
    watched.add(prototype)
    const emit = prototype.emit as Emit
    const wrapped: Emit = function (...args) {
      // One that is handed on by another server has its scope already.
      if (!isRequest(args[0]) || !(args[1] instanceof http.IncomingMessage) || (args[1] as Marked)[SCOPE] !== undefined)
        return Reflect.apply(emit, this, args)
      const request = args[1] as IncomingMessage
      const scope = begin(request, args[2] as ServerResponse)
      const emission = { emit, self: this, args, scope }
      if (!fromParser(request)) return runInside(scope.frame!, noted, emission)
      enterFrame(scope.frame!)
      return noted(emission)
    }
    prototype.emit = wrapped as typeof prototype.emit
  }
  for (const { prototype } of [http.Server, https.Server]) watch(prototype)

  const emit = http.IncomingMessage.prototype.emit as Emit
  const wrapped = function (this: IncomingMessage & Marked, ...args: unknown[]) {
    // Most of a request's events have no listener.
    if (args[0] !== 'error' && this.listenerCount(args[0] as string) === 0) return false
    const scope = this[SCOPE]
    if (scope === undefined) return Reflect.apply(emit, this, args)
    const emission = { emit, self: this, args, scope }
    return currentFrame()?.request === scope ? noted(emission) : runInside(scope.frame!, noted, emission)
  }
  http.IncomingMessage.prototype.emit = wrapped as typeof IncomingMessage.prototype.emit

  return Object.freeze({
    open,
    watch(server: NetServer) {
      if (isHttp2(server)) watch(Object.getPrototypeOf(server) as NetServer)
    },
    leave() {
      leaving = true
      for (const { response } of open) response.shouldKeepAlive = false
    },
  })
}

function isRequest(name: unknown): boolean {
  return name === 'request' || name === 'checkContinue' || name === 'checkExpectation'
}

/** Then Node's call into JavaScript ends with this very event, and takes the frame back for us: half the price of run(). */
function fromParser(request: IncomingMessage): boolean {
  return contextReturns && (request.socket as { parser?: { incoming?: unknown } | null } | null)?.parser?.incoming === request
}

/** A synchronous throw unwinds the frame before anybody can look: it is noted on its way out. */
function noted({ emit, self, args, scope }: Emission): boolean {
  try {
    return Reflect.apply(emit, self, args)
  } catch (error) {
    tag(error, scope)
    throw error
  }
}
