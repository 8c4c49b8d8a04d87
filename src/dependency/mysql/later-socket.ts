// The socket of a mysql2 connection that may not be opened yet: mysql2 connects as soon as it is made, so it is made on a socket that waits
// until it is let in, or is destroyed with the refusal, which its maker hears as an error of connecting.
import { Socket } from 'node:net'

export interface MysqlConfig {
  readonly host?: string
  readonly port?: number | string
  readonly socketPath?: string
  readonly enableKeepAlive?: boolean
  readonly keepAliveInitialDelay?: number
  stream?: unknown
}

const begins = new WeakMap<object, () => void>()

export const copyOf = <C extends object>(config: C): C =>
  Object.create(Object.getPrototypeOf(config), Object.getOwnPropertyDescriptors(config))

/** Whoever is made of it from here on waits; the copy is as it was. An app's own stream (a tunnel, a proxy's) stays. */
export function laterSocket<C extends object>(given: C): C {
  const config = given as MysqlConfig
  const before = copyOf(given)
  if (config.stream) return before
  config.stream = () => {
    const socket = new Socket()
    socket.setNoDelay(true)
    if (config.enableKeepAlive) socket.once('connect', () => void socket.setKeepAlive(true, config.keepAliveInitialDelay))
    begins.set(socket, () => {
      if (socket.destroyed) return
      if (config.socketPath) socket.connect(config.socketPath)
      else socket.connect(Number(config.port ?? 3306), config.host ?? 'localhost')
    })
    return socket
  }
  return before
}

/** Once; nothing where it is connected as ever. */
export function begin(stream: object): void {
  const connect = begins.get(stream)
  begins.delete(stream)
  connect?.()
}
