// The requests this program is answering: each runs in an ambient frame of its own, so that an uncaught error finds the one it belongs to.
// Which those are is known at http's own 'request' event; the app, whatever its framework, is not touched. On the path of every request:
// one object, one frame, no closure.
//
//   emit('request') ─► frame { request } ─► the app          req.emit('data' | 'end' …) ─► the same frame: the parser has none
import http, { IncomingMessage, type Server, type ServerResponse } from 'node:http'
import https from 'node:https'
import { currentFrame, runInside } from '../../core/index.ts'
import { tag } from './blame.ts'
import { type OwnScope, type Scope, scopeOf } from './request-scope.ts'
import type { RouteBoard } from './routes.ts'

export interface Requests {
  readonly open: ReadonlySet<Scope>
  /** From here each answer ends its connection. */
  leave(): void
}

const SCOPE = Symbol('selfheal.request')
type Emit = (this: unknown, ...args: unknown[]) => boolean
type Marked = { [SCOPE]?: OwnScope }

interface Emission {
  readonly emit: Emit
  readonly self: unknown
  readonly args: unknown[]
  readonly scope: OwnScope
}

/** Wraps Node's own prototypes, once, before the app is loaded. */
export function watchRequests(board: RouteBoard): Requests {
  const open = new Set<OwnScope>()
  let leaving = false

  function closed(this: ServerResponse & Marked) {
    const scope = this[SCOPE]!
    open.delete(scope)
    board.end(scope.number)
  }
  const begin = (request: IncomingMessage & Marked, response: ServerResponse & Marked): OwnScope => {
    const scope = scopeOf(request, response)
    const outer = currentFrame()
    scope.frame = Object.freeze(
      outer === undefined ? { deadline: Number.POSITIVE_INFINITY, request: scope } : { ...outer, request: scope },
    )
    scope.number = board.begin(request.method, request.url)
    request[SCOPE] = scope
    response[SCOPE] = scope
    open.add(scope)
    response.on('close', closed)
    if (leaving) response.shouldKeepAlive = false
    return scope
  }

  for (const { prototype } of [http.Server, https.Server] as { prototype: Server }[]) {
    const emit = prototype.emit as Emit
    const wrapped: Emit = function (...args) {
      // One that is handed on by another server has its scope already.
      if (!isRequest(args[0]) || (args[1] as Marked)[SCOPE] !== undefined) return Reflect.apply(emit, this, args)
      const scope = begin(args[1] as IncomingMessage, args[2] as ServerResponse)
      return runInside(scope.frame!, noted, { emit, self: this, args, scope })
    }
    prototype.emit = wrapped as typeof prototype.emit
  }

  const emit = IncomingMessage.prototype.emit as Emit
  const wrapped: Emit = function (...args) {
    const scope = (this as Marked)[SCOPE]
    if (scope === undefined || (this as IncomingMessage).listenerCount(args[0] as string) === 0)
      return Reflect.apply(emit, this, args)
    const emission = { emit, self: this, args, scope }
    return currentFrame()?.request === scope ? noted(emission) : runInside(scope.frame!, noted, emission)
  }
  IncomingMessage.prototype.emit = wrapped as typeof IncomingMessage.prototype.emit

  return Object.freeze({
    open,
    leave() {
      leaving = true
      for (const { response } of open) response.shouldKeepAlive = false
    },
  })
}

function isRequest(name: unknown): boolean {
  return name === 'request' || name === 'checkContinue' || name === 'checkExpectation'
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
