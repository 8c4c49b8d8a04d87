// What a request of node:http says of its origin. Pure: which origin it goes to (or that it is none of ours), whether it brings an end of its
// own, whose fault its end was, and how long it is waited for.
import type { ClientRequest, RequestOptions } from 'node:http'
import type { Judge, Judgement } from '../core/index.ts'
import { judgeStatus, judgeValue, retryAfterMs } from '../policy/index.ts'

/** Not answered within less than this is its caller's haste. */
const HASTE_MS = 1_000

type Given = RequestOptions

export interface Destination {
  readonly protocol: 'http:' | 'https:'
  /** 'https://api.example.com:443': not yet as a URL would write it. */
  readonly address: string
  readonly host: string
  readonly port: number
  readonly options: Given
}

/** Undefined: a socket's path, a proxy, an upgrade, a connection of the app's own making, or what Node will refuse. */
export function destinationOf(first: unknown, second: unknown, secure: boolean): Destination | undefined {
  const isUrl = typeof first === 'string' || first instanceof URL
  const options = ((isUrl ? (typeof second === 'object' ? second : undefined) : first) ?? {}) as Given
  if (typeof options !== 'object') return undefined
  const url = !isUrl ? undefined : typeof first === 'string' ? (URL.canParse(first) ? new URL(first) : undefined) : first
  if (isUrl && url === undefined) return undefined
  const { agent } = options
  const protocol = options.protocol ?? url?.protocol ?? (secure ? 'https:' : 'http:')
  if (protocol !== 'http:' && protocol !== 'https:') return undefined
  if (options.socketPath || optionsOf(agent)?.['socketPath'] || options.createConnection !== undefined) return undefined
  if (options.method?.toUpperCase?.() === 'CONNECT' || upgrades(options.headers)) return undefined
  // By a proxy: it stands in the path where it goes to.
  if (typeof options.path === 'string' && /^https?:/i.test(options.path)) return undefined
  const host = String(options.hostname || options.host || url?.hostname || 'localhost').replace(/^\[|\]$/g, '')
  const port = Number(options.port || url?.port || options.defaultPort || (protocol === 'https:' ? 443 : 80))
  return { protocol, address: `${protocol}//${host.includes(':') ? `[${host}]` : host}:${port}`, host, port, options }
}

function upgrades(headers: unknown): boolean {
  if (typeof headers !== 'object' || headers === null) return false
  if (Array.isArray(headers))
    return headers.some(one => (Array.isArray(one) ? isUpgrade(one[0]) : typeof one === 'string' && isUpgrade(one)))
  for (const name in headers) if (isUpgrade(name)) return true
  return false
}
const isUpgrade = (name: unknown) => typeof name === 'string' && name.length === 7 && name.toLowerCase() === 'upgrade'

/** It goes where Node's own agents would take it: by no proxy, by no connection of a library's own. */
export function isPlain(agent: unknown, own: { readonly prototypes: readonly object[] }): boolean {
  if (typeof agent !== 'object' || agent === null) return true
  const { addRequest, createSocket, createConnection, options } = agent as Record<string, unknown>
  if ((options as { proxyEnv?: unknown } | undefined)?.proxyEnv) return false
  return own.prototypes.some(one => {
    const plain = one as Record<string, unknown>
    return (
      plain['addRequest'] === addRequest &&
      plain['createSocket'] === createSocket &&
      plain['createConnection'] === createConnection
    )
  })
}

/**
 * Somebody else ends it, as far as can be seen: a signal; or a time of its own, which somebody listens for, that has not run out yet. (Who
 * follows redirects listens always, and the global agent's 5 s are everybody's: they ran out, and nobody ended it.)
 */
export function hasOwnEnd(request: ClientRequest, { signal }: Given, foreign: boolean, waitedMs: number): boolean {
  if (signal != null) return true
  const ownMs = Number((request.listenerCount('timeout') > 0 && request.socket?.timeout) || 0)
  const agentsMs = foreign ? Number(optionsOf(agentOf(request))?.['timeout'] ?? 0) : 0
  return Math.max(ownMs, agentsMs) + GRACE_MS > waitedMs && Math.max(ownMs, agentsMs) > 0
}
/** It ends it first. */
const GRACE_MS = 2_000

/** Not in Node's types, both. */
export const agentOf = (request: ClientRequest): unknown => (request as { agent?: unknown }).agent
export const optionsOf = (agent: unknown) =>
  (agent as { options?: Readonly<Record<string, unknown>> } | null | undefined)?.options

/** What came of a request, where neither an answer nor an error says it by itself. */
export class Verdict extends Error {
  readonly judgement: Judgement
  constructor(judgement: Judgement) {
    super('it says nothing of its origin')
    this.judgement = judgement
  }
}
/** Its caller gave it up. */
export const GIVEN_UP: Judgement = Object.freeze({ ran: 'maybe', blame: 'caller' })
export const UNANSWERED: Judgement = Object.freeze({ ran: 'maybe', blame: 'them' })

/** What is judged otherwise than everywhere else: an answer of node:http, and a verdict. */
export function judgeOrigin(answer: Parameters<Judge>[0]): Judgement | undefined {
  if ('error' in answer) return answer.error instanceof Verdict ? answer.error.judgement : undefined
  const { statusCode, headers } = (answer.value ?? {}) as { statusCode?: unknown; headers?: Record<string, unknown> }
  if (typeof statusCode !== 'number') return judgeValue(answer.value)
  const wait = headers?.['retry-after']
  return judgeStatus(statusCode, statusCode < 400 || typeof wait !== 'string' ? undefined : retryAfterMs(wait))
}

/** An error of a request, as its origin's judge shall hear of it: ended by the app, it is the app's, unless it had been waited for. */
export function heardAs(request: ClientRequest, error: unknown, tookMs: number): unknown {
  // Where the fault was the other side's, Node tells of it before it marks the request; but not where there never was a connection.
  if (!request.destroyed || (request.socket == null && CONNECT.test(String((error as { code?: unknown })?.code)))) return error
  const ownMs = request.socket?.timeout ?? 0
  const waited = ownMs > 0 && ownMs !== optionsOf(agentOf(request))?.['timeout'] && tookMs >= ownMs
  return new Verdict(tookMs >= HASTE_MS && (waited || isTimeout(error)) ? UNANSWERED : GIVEN_UP)
}
const CONNECT = /^(ECONN(REFUSED|ABORTED)|E(HOST|NET)UNREACH|EHOSTDOWN|EADDRNOTAVAIL|ENOTFOUND|EAI_AGAIN|ETIMEDOUT)$/

function isTimeout(error: unknown): boolean {
  const { code, name, message, cause } = (error ?? {}) as Record<string, unknown>
  return /time[d]?.?out/i.test(`${code} ${name} ${message} ${(cause as { name?: unknown } | undefined)?.name}`)
}

interface Handle {
  readonly writeQueueSize?: number
  readonly _parent?: Handle
}

export interface Progress {
  /** When it was last seen to get on, or to wait for something that is not the origin. */
  readonly heardAt: number
  /** Bytes that were sent by then. */
  readonly written: number
}

/** How a request that has no answer gets on: it waits for a place in its agent, its body is being sent, or it waits for its answer. */
export function progressOf(
  { socket, writableEnded, writableFinished }: Pick<ClientRequest, 'socket' | 'writableEnded' | 'writableFinished'>,
  before: Progress,
  now: number,
): Progress {
  if (socket == null) return { heardAt: now, written: 0 }
  if (writableFinished) return before
  // What the kernel has taken, for a body is often one piece. (Node's own timer of a socket reads it so.) Under TLS, of what is below.
  const { _handle: handle } = socket as { _handle?: Handle | null }
  const queued = (handle?._parent ?? handle)?.writeQueueSize ?? 0
  const written = (socket.bytesWritten ?? 0) - queued
  // Nothing lies here to be sent: the app has not written it yet.
  const itsOwn = !writableEnded && socket.writableLength === 0 && !socket.connecting
  return itsOwn || written !== before.written ? { heardAt: now, written } : before
}
