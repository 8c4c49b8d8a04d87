// In the app, by the preload: copies public answers as they are sent, without holding them up. Hears of requests on Node's own channel;
// on the way of a request that can't be kept it costs one look.
import { subscribe } from 'node:diagnostics_channel'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { answeredFit, askedFit, type Headers } from './fit.ts'
import { keeper, MOST_BODY } from './keep.ts'

const SHOWN_AGAIN = ['content-type', 'content-encoding', 'content-language', 'content-security-policy', 'last-modified', 'link']

export function recordPublic(folder: string, routes: readonly string[]): void {
  const { due, keep } = keeper(folder)
  subscribe('http.server.request.start', message => {
    const { request, response } = message as { request: IncomingMessage; response: ServerResponse }
    const url = request.url ?? '/'
    const as = askedFit(request.method ?? '', url, request.headers, routes)
    if (as !== undefined && due(url))
      copy(
        response,
        headers => answeredFit(as, response.statusCode, headers),
        (headers, body) => keep(url, headers, body),
      )
  })
}

function copy(
  response: ServerResponse,
  fit: (headers: Headers) => boolean,
  done: (headers: Record<string, string>, body: Buffer) => void,
) {
  const chunks: Buffer[] = []
  let bytes = 0
  let said: Record<string, unknown> = {}
  let wanted: boolean | undefined
  const headers = () => ({ ...response.getHeaders(), ...said }) as Headers
  const { writeHead, write, end } = response
  const add = (chunk: unknown, encoding: unknown) => {
    // Its headers are said by now: what is not for everybody is not collected.
    wanted ??= fit(headers())
    if (!wanted || chunk === undefined || chunk === null || typeof chunk === 'function' || bytes > MOST_BODY) return
    const made =
      typeof chunk === 'string'
        ? Buffer.from(chunk, typeof encoding === 'string' ? (encoding as BufferEncoding) : 'utf8')
        : Buffer.from(chunk as Uint8Array)
    bytes += made.length
    if (bytes <= MOST_BODY) chunks.push(made)
    else chunks.length = 0
  }
  // Headers that are given here are in no other place.
  response.writeHead = function (this: ServerResponse, ...args: unknown[]) {
    said = namesOf(args.find(arg => typeof arg === 'object' && arg !== null))
    return Reflect.apply(writeHead, this, args)
  } as typeof writeHead
  response.write = function (this: ServerResponse, ...args: unknown[]) {
    const answer = Reflect.apply(write, this, args)
    add(args[0], args[1])
    return answer
  } as typeof write
  response.end = function (this: ServerResponse, ...args: unknown[]) {
    const answer = Reflect.apply(end, this, args)
    add(args[0], args[1])
    return answer
  } as typeof end
  response.once('finish', () => {
    const all = headers()
    if (bytes > MOST_BODY || !wanted || !fit(all)) return
    const shown = SHOWN_AGAIN.flatMap(name => (all[name] === undefined ? [] : [[name, String(all[name])]]))
    done(Object.fromEntries(shown), Buffer.concat(chunks))
  })
}

/** writeHead takes an object, or names and values in turn. */
function namesOf(given: unknown): Record<string, unknown> {
  const pairs = Array.isArray(given)
    ? Array.from({ length: given.length >> 1 }, (_, i) => [given[2 * i], given[2 * i + 1]])
    : Object.entries((given ?? {}) as object)
  return Object.fromEntries(pairs.map(([name, value]) => [String(name).toLowerCase(), value]))
}
