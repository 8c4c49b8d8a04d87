// The servers of node:http that listen in this process, with their levels as they are now: for doctor, who also mends them. They are heard
// of by node's own diagnostics channels; nothing of theirs is wrapped, and one that has closed is forgotten.
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { Server } from 'node:http'
import { Server as SecureServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { Json, Part, Setting, Undo } from '../core/index.ts'

const http = process.getBuiltinModule('node:http')

/** The first that listens, and what listened before us at its first request. */
const HEARD = ['tracing:net.server.listen:asyncEnd', 'http.server.request.start']
const FROM = 'the server'
/** Node's own. */
const REQUEST_MS = 300_000
const HEADERS_MS = 60_000
const IDLE_MS = 65_000
/** More than what is in front waits, so that it closes first. */
const LONGER_MS = 5_000

type AnyServer = Server | SecureServer

export interface HttpServers {
  /** One for each: `under`/http:3000. */
  parts(under: string): readonly Part[]
  readonly stop: Undo
}

export function httpServers(): HttpServers {
  const all = new Set<AnyServer>()
  const heard = (message: unknown) => {
    const { server } = message as { server?: unknown }
    if (!(server instanceof http.Server || server instanceof SecureServer) || all.has(server)) return
    all.add(server)
    server.once('close', () => all.delete(server))
  }
  for (const channel of HEARD) subscribe(channel, heard)
  return Object.freeze({
    parts: (under: string) =>
      [...all].flatMap(server => {
        const address = server.address()
        // A socket in a file is for this machine's own.
        return address === null || typeof address === 'string' ? [] : [partOf(server, address, under)]
      }),
    stop() {
      for (const channel of HEARD) unsubscribe(channel, heard)
      all.clear()
    },
  })
}

function partOf(server: AnyServer, { port, address }: AddressInfo, under: string): Part {
  /** node's 0 is: never. */
  const level = (level: string, name: 'requestTimeout' | 'headersTimeout' | 'keepAliveTimeout', usual: number): Setting => ({
    level,
    name,
    valueMs: server[name] > 0 ? server[name] : null,
    from: FROM,
    fix: `server.${name} = ${usual}`,
  })
  const snapshot = (): Json => ({ address, port, secure: server instanceof SecureServer, listening: server.listening })
  return {
    path: `${under}/http:${port}`,
    kind: 'http-server',
    snapshot,
    settings: () => [
      level('server-request', 'requestTimeout', REQUEST_MS),
      level('server-headers', 'headersTimeout', HEADERS_MS),
      level('server-keep-alive', 'keepAliveTimeout', IDLE_MS),
    ],
    verbs: {
      // In this process, until it ends: the line for the code is told beside it.
      mend: async args => {
        const { behindIdleMs } = (args ?? {}) as { readonly behindIdleMs?: Json }
        if (server.requestTimeout === 0) server.requestTimeout = REQUEST_MS
        if (server.headersTimeout === 0) server.headersTimeout = HEADERS_MS
        if (server.keepAliveTimeout === 0) server.keepAliveTimeout = IDLE_MS
        if (typeof behindIdleMs === 'number' && server.keepAliveTimeout <= behindIdleMs)
          server.keepAliveTimeout = behindIdleMs + LONGER_MS
        const { requestTimeout, headersTimeout, keepAliveTimeout } = server
        return { requestTimeout, headersTimeout, keepAliveTimeout }
      },
    },
  }
}
