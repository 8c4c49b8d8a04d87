// A relay that can be pointed to another server: what a name, a virtual address or a proxy does at a failover. Connections that are open
// stay where they are; new ones go to the new server. Counts when each was taken.
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

export interface Relay {
  readonly port: number
  pointTo(port: number): void
  /** Breaks what is open, and refuses connections; `open` takes them again. */
  shut(): Promise<void>
  open(): Promise<void>
  /** When each connection was taken, milliseconds of the wall clock. */
  readonly taken: readonly number[]
  close(): Promise<void>
}

export async function relay(first: number): Promise<Relay> {
  let to = first
  const taken: number[] = []
  const sockets = new Set<Socket>()
  const server = createServer(near => {
    taken.push(Date.now())
    const far = connect(to, '127.0.0.1')
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(one)
      one.setNoDelay(true)
      one.on('error', () => {})
      one.once('close', () => {
        sockets.delete(one)
        other.destroy()
      })
      one.pipe(other)
    }
  })
  const listen = async (port: number) => {
    server.listen(port, '127.0.0.1', 4_096)
    await once(server, 'listening')
    return (server.address() as AddressInfo).port
  }
  const shut = async () => {
    for (const socket of sockets) socket.destroy()
    if (!server.listening) return
    server.close()
    await once(server, 'close')
  }
  const port = await listen(0)
  return Object.freeze({
    port,
    pointTo: (port: number) => void (to = port),
    taken,
    shut,
    open: async () => void (await listen(port)),
    close: shut,
  })
}
