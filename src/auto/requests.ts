// node:http and node:https from the asking side: request() and get(), by whichever library. A request goes through its origin's guard and is
// then as it always was: nothing is listened to on it, nothing is buffered, its callbacks run in the app's own context. One that is refused
// opens no connection, and fails like one that could not be made.

import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { ClientRequest, IncomingMessage } from 'node:http'
import https from 'node:https'
import { syncBuiltinESMExports } from 'node:module'
import { isRejected } from '../core/index.ts'
import type { Sent } from './on-the-way.ts'
import type { Origins } from './origins.ts'
import { type Destination, destinationOf, isPlain } from './request-rule.ts'
import { type Sending, sendingTo } from './sending.ts'

const http = process.getBuiltinModule('node:http')

type Request = (this: unknown, ...args: unknown[]) => ClientRequest

/** On the request itself: a WeakMap of them costs the garbage collector more than all the rest. */
const SENT = Symbol('selfheal.sent')
type Marked = ClientRequest & { [SENT]?: Sent }

export function guardRequests(origins: Origins): () => void {
  const plain = { prototypes: [http.Agent.prototype, https.Agent.prototype] }
  const ways = new Map<string, Sending>()
  const sendingBy = (to: Destination): Sending | undefined => {
    const known = ways.get(to.address)
    if (known !== undefined) return known
    const origin = URL.canParse(to.address) ? origins.of(new URL(to.address).origin) : undefined
    if (origin === undefined) return undefined
    const made = sendingTo(origin, origin.watched)
    ways.set(to.address, made)
    return made
  }

  const guarded = (original: Request, secure: boolean): Request =>
    function request(...args) {
      const to = destinationOf(args[0], args[1], secure)
      const way = to && sendingBy(to)
      if (to === undefined || way === undefined) return Reflect.apply(original, this, args)
      const agent = to.options.agent ?? (secure ? https.globalAgent : http.globalAgent)
      const { sent, ended } = way.ask(to, agent, !isPlain(agent, plain))
      if (sent === undefined) return refused(this, original, args, to, ended)
      try {
        const request = Reflect.apply(original, this, args)
        ;(request as Marked)[SENT] = sent
        sent.begun(request)
        return request
      } catch (error) {
        sent.notBegun()
        throw error
      }
    }

  const answered = (message: unknown) => {
    const { request, response } = message as { request: Marked; response: IncomingMessage }
    request[SENT]?.answered(response)
  }
  const failed = (message: unknown) => {
    const { request, error } = message as { request: Marked; error: unknown }
    request[SENT]?.failed(error)
  }
  subscribe('http.client.response.finish', answered)
  subscribe('http.client.request.error', failed)
  const undo = [exchange(http, guarded(http.request as Request, false)), exchange(https, guarded(https.request as Request, true))]
  syncBuiltinESMExports()
  return () => {
    for (const one of undo) one()
    syncBuiltinESMExports()
    unsubscribe('http.client.response.finish', answered)
    unsubscribe('http.client.request.error', failed)
  }
}

/** In the module itself: ES modules' imports of it follow. */
function exchange(module: typeof http | typeof https, request: Request): () => void {
  const { request: before, get: gotBefore } = module
  const get: Request = function get(...args) {
    const asked = Reflect.apply(request, this, args)
    asked.end()
    return asked
  }
  Object.assign(module, { request, get })
  return () => Object.assign(module, { request: before, get: gotBefore })
}

/** A request that gets no connection: its agent hands it the refusal, as it would an address that can't be connected to. */
function refused(self: unknown, original: Request, args: unknown[], to: Destination, ended: Promise<unknown>): ClientRequest {
  const agent = {
    protocol: to.protocol,
    defaultPort: to.protocol === 'https:' ? 443 : 80,
    options: {},
    addRequest(request: ClientRequest) {
      const refuse = (error: unknown) => {
        // What is left of a deadline is left of ours: the app gave it none.
        if (isRejected(error)) Object.assign(error, { remainingMs: undefined })
        // Not before the app has had time to listen.
        setImmediate(() => {
          request.destroy(error as Error)
          request.onSocket(null as never)
        })
      }
      ended.then(undefined, refuse)
    },
  }
  // Also when Node refuses the request at once, and nobody gets it.
  ended.catch(() => {})
  const [first, second, ...rest] = args
  if (typeof first !== 'string' && !(first instanceof URL))
    return Reflect.apply(original, self, [{ ...(first as object), agent }, second, ...rest])
  if (typeof second === 'function') return Reflect.apply(original, self, [first, { agent }, second])
  return Reflect.apply(original, self, [first, { ...(second as object | undefined), agent }, ...rest])
}
