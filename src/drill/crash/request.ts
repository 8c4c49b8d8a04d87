// One request on a new connection of its own, read to its end, and what became of it. No pool and no name look-up stand between: neither
// may be what a drill measures.
import type { ClientRequest, RequestOptions } from 'node:http'
import type { Answer, Ask, Kind } from './load.ts'

const { request } = process.getBuiltinModule('node:http')

export interface AskerOptions {
  /** 'http://localhost:3000' or 'unix:/path'. */
  readonly url: string
  readonly path: string
  /** From its sending to the end of its answer. */
  readonly timeoutMs: number
  /** Aborts = end every request now. */
  readonly signal?: AbortSignal
}

const KIND_OF: Readonly<Record<string, Kind>> = {
  ECONNREFUSED: 'refused',
  // A unix socket that is not there, or whose queue is full.
  ENOENT: 'refused',
  EAGAIN: 'refused',
  ECONNRESET: 'reset',
  EPIPE: 'reset',
  EMFILE: 'unsent',
  ENFILE: 'unsent',
  EADDRNOTAVAIL: 'unsent',
  ENOBUFS: 'unsent',
  ENOMEM: 'unsent',
}

export function asker({ url, path, timeoutMs, signal }: AskerOptions): Ask {
  const options: RequestOptions = {
    ...addressOf(url),
    path,
    agent: false,
    headers: { connection: 'close', 'user-agent': 'selfheal-drill' },
  }
  const open = new Set<() => void>()
  signal?.addEventListener('abort', () => [...open].forEach(stop => void stop()), { once: true })
  return () =>
    new Promise<Answer>(resolve => {
      let asked: ClientRequest | undefined
      const end = (kind: Kind, says: string) => {
        clearTimeout(timer)
        open.delete(stop)
        resolve({ kind, says })
        asked?.destroy()
      }
      const stop = () => end('unsent', 'the drill was stopped')
      open.add(stop)
      const failed = ({ code, message }: NodeJS.ErrnoException) => end(KIND_OF[code ?? ''] ?? 'other', code ?? message)
      const timer = setTimeout(() => end('timeout', `no answer in ${timeoutMs} ms`), timeoutMs)
      try {
        asked = request(options, response => {
          response.on('error', failed)
          response.on('end', () => end(kindOfStatus(response.statusCode ?? 0), String(response.statusCode)))
          response.resume()
        })
        asked.on('error', failed)
        asked.end()
      } catch (error) {
        failed(error as NodeJS.ErrnoException)
      }
    })
}

/** 'localhost' is asked by its address: a look-up a request would wait for the look-ups of others. */
function addressOf(url: string): RequestOptions {
  if (url.startsWith('unix:')) return { socketPath: url.slice(5) }
  const { hostname, port } = new URL(url)
  const host = hostname === 'localhost' ? '127.0.0.1' : hostname.replace(/^\[|\]$/g, '')
  return { host, port: Number(port || 80) }
}

function kindOfStatus(status: number): Kind {
  if (status >= 500) return '5xx'
  return status >= 400 ? '4xx' : 'ok'
}
