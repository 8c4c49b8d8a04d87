// One request that is being answered, as an uncaught error finds it: whether it can get its 500, and how. All in one prototype: a request
// costs one object, not a closure for each thing that is seldom done to it.
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Ambient } from '../../core/index.ts'

export interface Scope {
  /** "GET /path", without its query. */
  readonly route: string
  /** Nothing of an answer was sent, and it was not ended. */
  readonly unanswered: boolean
  /** It was neither ended nor broken off. */
  readonly open: boolean
  /** Answers 500 where nothing was sent; else breaks the answer off, so that it is not taken for a whole one. */
  fail(error: unknown): void
  /** `successor`: another life serves already. */
  refuse(status: 500 | 503, successor?: boolean): void
  cut(): void
}
export interface OwnScope extends Scope {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  /** What its code runs in. */
  frame: Ambient | undefined
  /** On the board. */
  number: number
  /** Its neighbours among those that are open (open-requests.ts). */
  older: OwnScope | undefined
  newer: OwnScope | undefined
}

/** One object of one shape: made by a constructor, which costs a third of Object.create. */
function Made(this: { -readonly [K in keyof OwnScope]: OwnScope[K] }, request: IncomingMessage, response: ServerResponse) {
  this.request = request
  this.response = response
  this.frame = undefined
  this.number = 0
  this.older = undefined
  this.newer = undefined
}

export function scopeOf(request: IncomingMessage, response: ServerResponse): OwnScope {
  return new (Made as unknown as new (request: IncomingMessage, response: ServerResponse) => OwnScope)(request, response)
}

/** Node's own methods: an app's compression or session may have put its own over them. */
const { getHeaderNames, removeHeader, writeHead, end } = process.getBuiltinModule('node:http').ServerResponse.prototype

const ways: Scope & ThisType<OwnScope> = {
  get route() {
    const { method, url = '' } = this.request
    const query = url.indexOf('?')
    return `${method} ${query < 0 ? url : url.slice(0, query)}`
  },
  get unanswered() {
    const { headersSent, writableEnded, destroyed } = this.response
    return !headersSent && !writableEnded && !destroyed
  },
  get open() {
    return !this.response.writableEnded && !this.response.destroyed
  },
  fail() {
    if (this.unanswered) this.refuse(500)
    else if (this.open) this.cut()
  },
  refuse(status, successor = false) {
    const { request, response } = this
    for (const name of Reflect.apply(getHeaderNames, response, []) as string[]) Reflect.apply(removeHeader, response, [name])
    const html = request.headers.accept?.includes('text/html') ?? false
    // What only asks may be asked again; anything else may have been done.
    const again = SAFE.has(request.method ?? '')
    const body = (html ? pageOf : problemOf)(status, successor, again)
    // After an uncaught error Node's parser is spoilt: the next request on this connection would get an empty 400.
    const headers = {
      'content-type': html ? 'text/html; charset=utf-8' : 'application/problem+json',
      'content-length': Buffer.byteLength(body),
      'cache-control': 'no-store',
      connection: 'close',
      ...(status === 503 && again ? { 'retry-after': '1' } : {}),
    }
    Reflect.apply(writeHead, response, [status, headers])
    Reflect.apply(end, response, [request.method === 'HEAD' ? undefined : body])
  },
  cut() {
    this.response.socket?.destroy()
  },
}

Made.prototype = ways

const problem = (title: string, status: number, code: string, detail: string) =>
  JSON.stringify({ type: 'about:blank', title, status, code, detail })
const page = (title: string, says: string) =>
  `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${title}</title><style>:root{color-scheme:light dark}body{font:1.1rem/1.6 system-ui,sans-serif;max-width:34rem;margin:18vh auto;padding:0 1.5rem}h1{font-size:1.6rem}</style><h1>${title}</h1><p>${says}</p></html>`

const SAFE = new Set(['GET', 'HEAD', 'OPTIONS', 'QUERY'])
const DONE = 'What was asked may have been done all the same: look before you ask again.'

function problemOf(status: 500 | 503, successor: boolean, again: boolean): string {
  if (status === 500)
    return problem('Internal Server Error', 500, 'SELFHEAL_UNCAUGHT', 'This request met an error that nobody caught.')
  const ended = `The program was ${successor ? 'replaced' : 'stopped'} before it could answer${successor ? '; another serves already' : ''}.`
  return problem('Service Unavailable', 503, 'SELFHEAL_DRAINED', again ? ended : `${ended} ${DONE}`)
}
function pageOf(status: 500 | 503, successor: boolean, again: boolean): string {
  if (status === 500)
    return page('That went wrong', 'This page met an error. The rest of the site goes on; try again in a moment.')
  const took = `This took too long while the site was being ${successor ? 'renewed' : 'stopped'}.`
  if (!again) return page('Was it done?', `${took} ${DONE}`)
  return page('Once more, please', `${took} ${successor ? 'Reload the page.' : 'Try again later.'}`)
}
