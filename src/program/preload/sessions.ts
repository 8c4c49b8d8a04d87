// HTTP/2 at drain: a session is told to go (GOAWAY) in two steps, as RFC 9113 has it. First "open no more", with every stream that is on its
// way still taken; once callers had time to hear it, the last one. Streams in flight finish in both.
import type { Http2Session } from 'node:http2'
import type { Server } from 'node:net'

const EVERY_STREAM = 2 ** 31 - 1
const open = new Map<Server, Set<Http2Session>>()
const leaving = new WeakSet<Server>()

/** The module itself is not loaded for it. */
export const isHttp2 = (server: Server): boolean => /^Http2(Secure)?Server$/.test(server.constructor.name)

/** Notes the sessions of a server that speaks HTTP/2. */
export function watchSessions(server: Server): void {
  if (!isHttp2(server) || open.has(server)) return
  const sessions = new Set<Http2Session>()
  open.set(server, sessions)
  server.on('session', (session: Http2Session) => {
    sessions.add(session)
    session.once('close', () => sessions.delete(session))
    // Accepted just before, its handshake done just after.
    if (leaving.has(server)) session.goaway(0, EVERY_STREAM)
  })
  server.once('close', () => open.delete(server))
}

/** `last`: nothing new is taken from here. */
export function sendAway(server: Server, last: boolean): void {
  leaving.add(server)
  for (const session of open.get(server) ?? []) {
    if (session.closed || session.destroyed) continue
    if (last) session.close()
    else session.goaway(0, EVERY_STREAM)
  }
}
