// What a request says of itself: may it be sent again, can it be, and who gives it up? And the plainest request there
// is, for a probe.
import type { Socket } from 'node:net'
import type { How } from '../../policy/index.ts'

const { request } = process.getBuiltinModule('node:http')

/** Asking twice does no more than asking once, by HTTP's own rules. */
const IDEMPOTENT = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PUT', 'DELETE'])

export function asked(init: RequestInit): { readonly how: How; readonly once: boolean } {
  const method = (init.method ?? 'GET').toUpperCase()
  const { body, signal } = init
  const once = typeof body === 'object' && body !== null && (body instanceof ReadableStream || Symbol.asyncIterator in body)
  const keyed = new Headers(init.headers).has('idempotency-key')
  return {
    how: { idempotent: !once && (IDEMPOTENT.has(method) || keyed), ...(signal == null ? {} : { signal }) },
    once,
  }
}

/** A Request that was made already, as what it was made of: one of Node's is strange to another undici's fetch. */
export function partsOf({ method, headers, body, signal, redirect, integrity }: Request): RequestInit {
  return { method, headers, signal, redirect, integrity, ...(body === null ? {} : { body, duplex: 'half' }) }
}

/** Resolves when this address is answered, over that socket, with anything below 500. */
export function answers(socket: Socket, url: URL, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const options = {
      createConnection: () => socket,
      path: `${url.pathname}${url.search}`,
      headers: { host: url.host, connection: 'close' },
    }
    const sent = request({ ...options, signal }, response => {
      response.resume()
      const { statusCode = 0 } = response
      statusCode < 500 ? resolve() : reject(new Error(`${url.pathname} answered ${statusCode}`))
    })
    sent.once('error', reject)
    sent.end()
  })
}
