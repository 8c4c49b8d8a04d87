// The mode endpoint, for any server over node:http: a snapshot, a stream of the same, and the browser's client as plain modules. Reads no
// body, asks nothing of the app, and answers from memory: it works when everything else is down.
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Clock, ShownModes, Undo } from '../core/index.ts'
import { browserModule } from './browser-module.ts'
import { modesStream } from './modes-stream.ts'

export interface Endpoint {
  readonly shown: () => ShownModes
  readonly watch: (fn: (shown: ShownModes) => void) => Undo
  readonly clock: Clock
  /** The address before `/modes`. */
  readonly at: string
  readonly most: number
  /** A stream was refused, for there are so many. */
  readonly full: (clients: number) => void
  /** How many listen now. */
  readonly count: (clients: number) => void
}

export function modesHandler(endpoint: Endpoint) {
  const { shown, at, most, full } = endpoint
  const stream = modesStream(endpoint)

  const handle = (request: IncomingMessage, response: ServerResponse): boolean => {
    const path = (request.url ?? '').split('?', 1)[0]!
    if (!path.startsWith(`${at}/`)) return false
    const what = path.slice(at.length + 1)
    const file = what.startsWith('browser/') ? browserModule(what.slice('browser/'.length)) : undefined
    if (what !== 'modes' && what !== 'modes/stream' && file === undefined) return false
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.writeHead(405, { allow: 'GET, HEAD' }).end()
    } else if (file !== undefined) {
      const fresh = request.headers['if-none-match'] === file.etag
      response.writeHead(fresh ? 304 : 200, {
        'content-type': 'text/javascript; charset=utf-8',
        // Asked anew each time, and shown again by a standby: without it a page that was kept is blank.
        'cache-control': 'public, max-age=0',
        etag: file.etag,
      })
      response.end(fresh || request.method === 'HEAD' ? undefined : file.text)
    } else if (what === 'modes') {
      const text = JSON.stringify(shown())
      response.writeHead(200, { 'content-type': 'application/json', 'cache-control': 'no-store' })
      response.end(request.method === 'HEAD' ? undefined : text)
    } else if (stream.size() >= most) {
      full(stream.size())
      const seconds = 5 + Math.floor(Math.random() * 25)
      response.writeHead(503, { 'retry-after': String(seconds), 'cache-control': 'no-store' }).end()
    } else stream.open(request, response)
    return true
  }
  return Object.freeze({ handle, streams: stream.size, close: stream.close })
}
