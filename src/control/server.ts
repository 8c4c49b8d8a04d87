// The control socket's near end: HTTP/1.1 on a unix socket that only this user can reach. Shows and acts on parts, tells events; knows
// no room. Nothing it meets may reach the supervisor as an exception.
//
//   GET /v1/parts    GET /v1/events    POST /v1/parts/<path>/<verb> { args, by, why, until }    errors: { code, message, mend }
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { type Clock, type Events, type Part, systemClock } from '../core/index.ts'
import { controlAddress } from './address.ts'
import { bindPrivately, isBound, removeStale } from './bind.ts'
import { readControlFile, writeControlFile } from './control-file.ts'
import { eventStream } from './event-stream.ts'
import { holdsLock } from './lock.ts'
import { findVerb, showPart, useVerb } from './part-requests.ts'
import { type Refusal, refusalOf, refuse } from './refusal.ts'
import { readWish } from './request-body.ts'

const { createServer } = process.getBuiltinModule('node:http')

export interface ControlServerOptions {
  /** The state folder. Must be held: lockState first. */
  readonly folder: string
  /** May take its time: programs are asked for theirs. */
  readonly parts: () => readonly Part[] | Promise<readonly Part[]>
  readonly events: Events
  readonly version: string
  readonly clock?: Clock
  /** How long a verb is waited for. Default 120 s. */
  readonly verbWithinMs?: number
}

export interface ControlServer extends AsyncDisposable {
  readonly address: string
  stats(): { readonly listeners: number; readonly missed: number; readonly dropped: number; readonly rebound: number }
  /** Ends streams and the socket; verbs under way may still answer for a moment. */
  close(): Promise<void>
}

const LOOK_MS = 10_000
/** Verbs that only ask, or that are an event themselves: using one is none. */
const QUESTIONS: readonly string[] = ['query', 'why', 'snapshot', 'settings', 'logs', 'began', 'ended', 'bare']

export async function controlServer(options: ControlServerOptions): Promise<ControlServer> {
  const { folder, parts, events, version, clock = systemClock, verbWithinMs = 120_000 } = options
  if (!holdsLock(folder)) throw new Error(`lockState('${folder}') must come before controlServer`)
  const stream = eventStream({ events, clock })
  const address = controlAddress(folder)
  let rebound = 0
  let closed = false
  let unlook = () => {}

  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const [pathname] = (request.url ?? '/').split('?', 1) as [string]
    const words = pathname.split('/').slice(1).map(decodeURIComponent)
    if (pathname === '/v1/events' && request.method === 'GET') return stream.open(request, response)
    if (pathname === '/v1/parts' && request.method === 'GET')
      return json(response, 200, { v: 1, version, pid: process.pid, parts: (await parts()).map(showPart) })
    if (pathname.startsWith('/v1/parts/') && request.method === 'POST') {
      const verb = findVerb(await parts(), words.slice(2))
      const wish = await readWish(request)
      const tell = (failed?: string) =>
        !QUESTIONS.includes(verb.verb) &&
        events.emit('control.acted', verb.path, {
          path: verb.path,
          verb: verb.verb,
          ...wish.who,
          ...(failed === undefined ? {} : { failed }),
        })
      try {
        const value = await useVerb(verb, wish, clock, verbWithinMs)
        tell()
        return json(response, 200, { v: 1, value })
      } catch (error) {
        tell(asRefusal(error).code)
        throw error
      }
    }
    throw refuse(
      404,
      'SELFHEAL_CONTROL_UNKNOWN',
      `Nothing at ${request.method} ${pathname}`,
      'There are: GET /v1/parts, GET /v1/events, POST /v1/parts/<path>/<verb>.',
    )
  }

  const listener = (request: IncomingMessage, response: ServerResponse) => {
    request.on('error', () => {})
    response.on('error', () => {})
    answer(request, response).catch(error => {
      const { status, ...said } = asRefusal(error)
      // What was not read must not be taken for the next request.
      if (!request.complete) response.setHeader('connection', 'close')
      json(response, status, said)
    })
  }

  const bind = async (): Promise<Server> => {
    const made = createServer({ requestTimeout: 10_000, headersTimeout: 5_000 }, listener)
    made.maxConnections = 256
    await bindPrivately(made, address)
    return made
  }

  const say = () =>
    writeControlFile(folder, { v: 1, pid: process.pid, version, address, since: Math.round(performance.timeOrigin) })

  // A cleaner of /tmp, or a hand, took the socket's name or the file that names it: nobody could reach us. Made again.
  const look = async () => {
    try {
      if (!isBound(address)) {
        // First the old one: closing it removes what has its name.
        server.close()
        server = await bind()
        rebound++
      }
      if (readControlFile(folder)?.address !== address) say()
    } catch {
      // The folder may be gone, or the disk full: the next look tries again.
    }
    if (closed) server.close()
    else unlook = clock.after(LOOK_MS, look)
  }

  removeStale(address)
  let server = await bind()
  say()
  unlook = clock.after(LOOK_MS, look)

  const close = async () => {
    if (closed) return
    closed = true
    unlook()
    stream.close()
    const gone = new Promise<void>(resolve => server.close(() => resolve()))
    server.closeIdleConnections()
    const undo = clock.after(1_000, () => server.closeAllConnections())
    await gone
    undo()
  }
  return Object.freeze({ address, stats: () => ({ ...stream.stats(), rebound }), close, [Symbol.asyncDispose]: close })
}

function asRefusal(error: unknown): Refusal {
  const said = error as Partial<Refusal>
  if (typeof said?.status === 'number' && typeof said.mend === 'string') return said as Refusal
  return error instanceof URIError
    ? refuse(400, 'SELFHEAL_CONTROL_MALFORMED', 'The address is no text', 'Write it as encodeURIComponent does.')
    : refusalOf(error)
}

function json(response: ServerResponse, status: number, body: unknown) {
  if (response.headersSent || response.destroyed) return response.destroy()
  let text: string
  try {
    text = JSON.stringify(body)
  } catch (error) {
    return json(response, 500, {
      code: 'SELFHEAL_VERB_FAILED',
      message: `The answer is no JSON: ${(error as Error).message}`,
      mend: 'Please report it.',
    })
  }
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' })
  response.end(text)
}
