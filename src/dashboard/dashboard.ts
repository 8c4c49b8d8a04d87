// The dashboard's server: binds, answers what routes.ts says, ends. A client of the control socket like the CLI: with it gone, or with the
// selfheal it looks at gone, nothing is lost but the view.
import type { Server } from 'node:http'
import { type AddressInfo, isIP } from 'node:net'
import { createAdaptorServer } from '@hono/node-server'
import { controlClient } from '../control/index.ts'
import { SelfhealError, systemClock } from '../core/index.ts'
import { feed as feedOf } from './feed.ts'
import { checked, type DashboardOptions } from './options.ts'
import { routes } from './routes.ts'
import { isLoopback } from './rule.ts'

export interface Dashboard extends AsyncDisposable {
  /** Where a browser on this machine finds it. */
  readonly url: string
  readonly port: number
  /** Pages that are open now. */
  watchers(): number
  /** Ends streams and the server. */
  close(): Promise<void>
}

const TRIES = 20
const CLOSE_MS = 1_000

/** Rejects with ConfigError, or SelfhealError SELFHEAL_PORT_TAKEN or SELFHEAL_PORT_FORBIDDEN. */
export async function dashboard(options: DashboardOptions): Promise<Dashboard> {
  const { folder, host, port, orNext, token, names, drill, drills } = checked(options)
  const clock = systemClock
  const client = controlClient(folder)
  const feed = feedOf(client, clock)
  const ending = new AbortController()
  const door = { host, names }
  const app = routes({ folder, client, feed, clock, door, token, drill, drills, ending: ending.signal })
  const server = createAdaptorServer({ fetch: app.fetch }) as Server
  server.on('clientError', (_, socket) => socket.destroy())
  await bind(server, host, port, orNext ? TRIES : 1)

  let closed: Promise<void> | undefined
  const close = () => {
    closed ??= new Promise(resolve => {
      ending.abort()
      feed.close()
      const undo = clock.after(CLOSE_MS, () => server.closeAllConnections())
      server.close(() => {
        undo()
        resolve()
      })
      server.closeIdleConnections()
    })
    return closed
  }
  const bound = server.address() as AddressInfo
  const shown = isLoopback(host) ? (isIP(host) === 6 ? `[${host}]` : host) : 'localhost'
  return Object.freeze({
    url: `http://${shown}:${bound.port}`,
    port: bound.port,
    watchers: feed.watchers,
    close,
    [Symbol.asyncDispose]: close,
  })
}

async function bind(server: Server, host: string, port: number, tries: number): Promise<void> {
  for (let at = port; ; at++) {
    const error = await new Promise<NodeJS.ErrnoException | undefined>(resolve => {
      server.once('error', resolve)
      server.listen({ port: at, host, exclusive: true }, () => {
        server.off('error', resolve)
        resolve(undefined)
      })
    })
    if (error === undefined) return
    if (error.code === 'EADDRINUSE' && port !== 0 && at + 1 < port + tries) continue
    const mend = 'Name another: --port <number>'
    if (error.code === 'EADDRINUSE') throw new SelfhealError('SELFHEAL_PORT_TAKEN', `Port ${at} is taken`, mend, error)
    throw new SelfhealError('SELFHEAL_PORT_FORBIDDEN', `${host}:${at} can't be bound: ${error.message}`, mend, error)
  }
}
