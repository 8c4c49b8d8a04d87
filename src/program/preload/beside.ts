// One server that asked for a port on every interface, where a person named several addresses of that port (127.0.0.1:3000 and
// [::1]:3000): it listens on the first as any other does, and what comes in on the others is given to it, and counts as its own.
import net, { type Server, type Socket } from 'node:net'

/** What net itself keeps of a connection's server: moved, so that its close waits for them all. */
type Counted = Server & { _connections: number }
type Owned = Socket & { server: Server; _server: Server }
/** http's servers, for one, differ from net's own in these. */
const HOW = ['allowHalfOpen', 'pauseOnConnect', 'noDelay', 'keepAlive', 'keepAliveInitialDelay', 'highWaterMark']

/** Listens on the descriptors in the server's name. Undefined for one that closed meanwhile. */
export function listenBeside(
  server: Server,
  fds: readonly number[],
  backlog: number,
  listen: net.Server['listen'],
): readonly Server[] {
  if (!server.listening) return []
  return fds.map(fd => {
    const beside = net.createServer(socket => {
      const owned = socket as Owned
      ;(beside as Counted)._connections--
      ;(server as Counted)._connections++
      owned.server = owned._server = server
      server.emit('connection', socket)
    })
    for (const key of HOW) Object.assign(beside, { [key]: (server as unknown as Record<string, unknown>)[key] })
    beside.on('error', error => server.emit('error', error))
    listen.call(beside, { fd, backlog } as never)
    const { close } = server
    server.close = function (...args) {
      beside.close()
      return close.apply(this, args)
    }
    return beside
  })
}
