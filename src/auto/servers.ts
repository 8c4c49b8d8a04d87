// Servers of node:http and node:https, at their 'request' event: whatever framework is on top. A handler runs in the context it would have
// had; the door's deadline is for the answer alone, for who has never heard of us does not know that what it starts must end with it.
import { AsyncLocalStorage } from 'node:async_hooks'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import https from 'node:https'

const http = process.getBuiltinModule('node:http')

type Emit = (this: Server, ...args: unknown[]) => boolean
/** Serves it by calling `serve`, now, later, or not at all. */
export type Door = (request: IncomingMessage, response: ServerResponse, serve: () => void) => void

/** `listening`: a server of the app has begun to listen. The undo is for tests. */
export function atServers(door: Door, listening: () => void = () => {}): () => void {
  const undo: (() => void)[] = []
  for (const { prototype } of [http.Server, https.Server] as { prototype: Server }[]) {
    const original = prototype.emit as Emit
    const emit: Emit = function (...args) {
      if (args[0] === 'listening') listening()
      // What waits for 100-continue or brings an Expect is the app's own to answer.
      if (args[0] !== 'request' || seen.has(args[2] as object)) return Reflect.apply(original, this, args)
      const [, request, response] = args as [string, IncomingMessage, ServerResponse]
      seen.add(response)
      const here = AsyncLocalStorage.snapshot()
      door(request, response, () => here(() => Reflect.apply(original, this, args)))
      return true
    }
    prototype.emit = emit as typeof prototype.emit
    undo.push(() => {
      prototype.emit = original as typeof prototype.emit
    })
  }
  return () => {
    for (const one of undo) one()
  }
}

/** Handed on from one server to another: it was let in once. */
const seen = new WeakSet<object>()
