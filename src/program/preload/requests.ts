// The requests this program is answering: each runs in an ambient frame of its own, so that an uncaught error finds the one it belongs to.
// Which those are is known at http's own 'request' event; the app, whatever its framework, is not touched.
//
//   emit('request') ─► frame { request } ─► the app          req.emit('data' | 'end' …) ─► the same frame: the parser has none
import http, { IncomingMessage, type Server, ServerResponse } from 'node:http'
import https from 'node:https'
import { currentFrame, runInFrame } from '../../core/index.ts'
import { tag } from './blame.ts'
import type { RouteBoard } from './routes.ts'

export interface Scope {
  /** "GET /path", without its query. */
  readonly route: string
  /** Nothing of an answer was sent, and it was not ended. */
  readonly unanswered: boolean
  /** It was neither ended nor broken off. */
  readonly open: boolean
  /** Answers 500 where nothing was sent; else breaks the answer off, so that it is not taken for a whole one. */
  fail(error: unknown): void
  refuse(status: 500 | 503): void
  cut(): void
}
export interface Requests {
  readonly open: ReadonlySet<Scope>
  /** From here each answer ends its connection. */
  leave(): void
}

const SCOPE = Symbol('selfheal.request')
const WITH_RESPONSE = new Set<unknown>(['request', 'checkContinue', 'checkExpectation'])
type Emit = (this: unknown, ...args: unknown[]) => boolean
type Marked = IncomingMessage & { [SCOPE]?: Scope }

/** Wraps Node's own prototypes, once, before the app is loaded. */
export function watchRequests(board: RouteBoard): Requests {
  const open = new Set<Scope>()
  let leaving = false

  const begin = (request: Marked, response: ServerResponse): Scope => {
    const route = routeOf(request)
    const scope = scopeOf(route, request, response)
    const number = board.begin(route)
    request[SCOPE] = scope
    open.add(scope)
    response.once('close', () => {
      open.delete(scope)
      board.end(number)
    })
    if (leaving) response.shouldKeepAlive = false
    return scope
  }

  for (const { prototype } of [http.Server, https.Server] as { prototype: Server }[]) {
    const emit = prototype.emit as Emit
    const wrapped: Emit = function (...args) {
      const [name, request] = args
      // One that is handed on by another server has its scope already.
      if (!WITH_RESPONSE.has(name) || (request as Marked)[SCOPE] !== undefined) return Reflect.apply(emit, this, args)
      const scope = begin(request as Marked, args[2] as ServerResponse)
      return runInFrame({ request: scope }, () => tagged(emit, this, args, scope))
    }
    prototype.emit = wrapped as typeof prototype.emit
  }

  const emit = IncomingMessage.prototype.emit as Emit
  const wrapped: Emit = function (...args) {
    const scope = (this as Marked)[SCOPE]
    if (scope === undefined) return Reflect.apply(emit, this, args)
    if (currentFrame()?.request === scope) return tagged(emit, this, args, scope)
    return runInFrame({ request: scope }, () => tagged(emit, this, args, scope))
  }
  IncomingMessage.prototype.emit = wrapped as typeof IncomingMessage.prototype.emit

  return Object.freeze({
    open,
    leave() {
      leaving = true
      for (const scope of open) (scope as Own).response.shouldKeepAlive = false
    },
  })
}

/** A synchronous throw unwinds the frame before anybody can look: it is noted on its way out. */
function tagged(emit: Emit, self: unknown, args: unknown[], scope: Scope): boolean {
  try {
    return Reflect.apply(emit, self, args)
  } catch (error) {
    tag(error, scope)
    throw error
  }
}

function routeOf({ method, url = '' }: IncomingMessage): string {
  const query = url.indexOf('?')
  return `${method} ${query < 0 ? url : url.slice(0, query)}`
}

interface Own extends Scope {
  readonly response: ServerResponse
}

/** Node's own methods: an app's compression or session may have put its own over them. */
const { getHeaderNames, removeHeader, writeHead, end } = ServerResponse.prototype

function scopeOf(route: string, request: IncomingMessage, response: ServerResponse): Own {
  return {
    route,
    response,
    get unanswered() {
      return !response.headersSent && !response.writableEnded && !response.destroyed
    },
    get open() {
      return !response.writableEnded && !response.destroyed
    },
    fail() {
      if (this.unanswered) this.refuse(500)
      else if (this.open) this.cut()
    },
    refuse(status) {
      for (const name of Reflect.apply(getHeaderNames, response, []) as string[]) Reflect.apply(removeHeader, response, [name])
      const html = request.headers.accept?.includes('text/html') ?? false
      const body = html ? PAGES[status] : PROBLEMS[status]
      // After an uncaught error Node's parser is spoilt: the next request on this connection would get an empty 400.
      const headers = {
        'content-type': html ? 'text/html; charset=utf-8' : 'application/problem+json',
        'content-length': Buffer.byteLength(body),
        'cache-control': 'no-store',
        connection: 'close',
        ...(status === 503 ? { 'retry-after': '1' } : {}),
      }
      Reflect.apply(writeHead, response, [status, headers])
      Reflect.apply(end, response, [request.method === 'HEAD' ? undefined : body])
    },
    cut: () => void response.socket?.destroy(),
  }
}

const problem = (title: string, status: number, code: string, detail: string) =>
  JSON.stringify({ type: 'about:blank', title, status, code, detail })
const page = (title: string, says: string) =>
  `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${title}</title><style>:root{color-scheme:light dark}body{font:1.1rem/1.6 system-ui,sans-serif;max-width:34rem;margin:18vh auto;padding:0 1.5rem}h1{font-size:1.6rem}</style><h1>${title}</h1><p>${says}</p></html>`

const PROBLEMS = {
  500: problem('Internal Server Error', 500, 'SELFHEAL_UNCAUGHT', 'This request met an error that nobody caught.'),
  503: problem(
    'Service Unavailable',
    503,
    'SELFHEAL_DRAINED',
    'The program ended before it could answer; another serves already.',
  ),
} as const
const PAGES = {
  500: page('That went wrong', 'This page met an error. The rest of the site goes on; try again in a moment.'),
  503: page('Once more, please', 'This took too long while the site was being renewed. Reload the page.'),
} as const
