// The probe of an origin that is asked by node:http: one connection, made as the app makes its own.
import { isIP, type TcpNetConnectOpts, connect as tcp } from 'node:net'
import { type ConnectionOptions, connect as tls } from 'node:tls'
import type { Call } from '../policy/index.ts'
import { type Destination, optionsOf } from './request-rule.ts'

/** Connects once as the app does: its certificates, its look-up. */
export function connects({ protocol, host, port, options }: Destination, agent: unknown, call: Call): Promise<'up'> {
  const ours = { host, port, path: undefined, signal: undefined, timeout: undefined, agent: undefined }
  const given = { ...options, ...optionsOf(agent), ...ours } as unknown as ConnectionOptions & TcpNetConnectOpts
  return new Promise((resolve, reject) => {
    const secure = protocol === 'https:'
    const socket = secure ? tls({ ...given, servername: given.servername ?? (isIP(host) ? '' : host) }) : tcp(given)
    const timer = setTimeout(() => socket.destroy(new Error('it was not connected to in time')), Math.max(1, call.remaining()))
    socket.once(secure ? 'secureConnect' : 'connect', () => {
      resolve('up')
      socket.destroy()
    })
    socket.on('error', reject)
    socket.once('close', () => {
      clearTimeout(timer)
      reject(new Error('the connection was closed'))
    })
  })
}
