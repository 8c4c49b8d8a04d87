// Makes one connection phase by phase: name, TCP, TLS, each with its own time and its own code. A look-up can't be cancelled (it runs on
// one of libuv's few threads), but nobody waits for it any longer than its time.
import { lookup } from 'node:dns'
import { isIP, type Socket, connect as tcp } from 'node:net'
import { type TLSSocket, connect as tls } from 'node:tls'
import type { HttpLevels } from './options.ts'

export class PhaseError extends Error {
  override readonly name = 'PhaseError'
  readonly code: string
  constructor(code: string, message: string) {
    super(message)
    this.code = code
  }
  /** For a web framework whose handler lets it through: the gateway's own time ran out. */
  get status(): 504 {
    return 504
  }
}

export interface Where {
  readonly host: string
  readonly port: number
  readonly secure: boolean
}

/** Resolves connected, with TLS where it is secure. Rejects with what went wrong, or PhaseError: which phase took too long. */
export async function connectByPhases({ host, port, secure }: Where, levels: HttpLevels, signal?: AbortSignal): Promise<Socket> {
  const address = isIP(host) ? host : await look(host, levels.dnsMs)
  signal?.throwIfAborted()
  const plain = tcp({ host: address, port, keepAlive: true, keepAliveInitialDelay: 10_000, noDelay: true })
  const abort = () => plain.destroy(signal?.reason)
  signal?.addEventListener('abort', abort, { once: true })
  try {
    await phase(plain, 'connect', levels.connectMs, 'SELFHEAL_HTTP_CONNECT_TIMEOUT', `${host}:${port} was not connected to`)
    if (!secure) return plain
    const secured: TLSSocket = tls({ socket: plain, ALPNProtocols: ['http/1.1'], ...(isIP(host) ? {} : { servername: host }) })
    await phase(secured, 'secureConnect', levels.tlsMs, 'SELFHEAL_HTTP_TLS_TIMEOUT', `${host} did not finish TLS`)
    return secured
  } catch (error) {
    plain.destroy()
    throw error
  } finally {
    signal?.removeEventListener('abort', abort)
  }
}

function look(host: string, withinMs: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(
      () => reject(new PhaseError('SELFHEAL_HTTP_DNS_TIMEOUT', `the address of ${host} was not found within ${withinMs} ms`)),
      withinMs,
    )
    lookup(host, (error, address) => {
      clearTimeout(timer)
      error ? reject(error) : resolve(address)
    })
  })
}

function phase(socket: Socket, event: string, withinMs: number, code: string, says: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => socket.destroy(new PhaseError(code, `${says} within ${withinMs} ms`)), withinMs)
    const settle = (error?: Error) => {
      clearTimeout(timer)
      socket.removeListener(event, done)
      socket.removeListener('error', settle)
      socket.removeListener('close', closed)
      error === undefined ? resolve() : reject(error)
    }
    const done = () => settle()
    const closed = () => settle(new Error('the connection was closed'))
    socket.once(event, done)
    socket.once('error', settle)
    socket.once('close', closed)
    // After us too: an error nobody listens to would end the process.
    socket.on('error', () => {})
  })
}
