// One request on a new connection of its own, with a body both ways, and what became of it. No pool stands between: a pool may not be what
// a drill measures.
import type { ClientRequest, IncomingMessage } from 'node:http'
import type { StepKind } from './step.ts'

const { request } = process.getBuiltinModule('node:http')

export interface Answer {
  readonly status: number
  readonly headers: IncomingMessage['headers']
  readonly text: string
  /** The body as JSON; undefined when it is none. */
  // biome-ignore lint/suspicious/noExplicitAny: a check that reads a field of it must stay one line; what it throws is a wrong answer
  readonly json: any
}

export interface Exchanged {
  readonly kind: StepKind
  readonly says: string
  readonly answer?: Answer
}

export interface ExchangeOptions {
  readonly url: string
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
  readonly timeoutMs: number
  readonly signal?: AbortSignal
}

const KIND_OF: Readonly<Record<string, StepKind>> = {
  ECONNREFUSED: 'refused',
  // A unix socket that is not there, or whose queue is full.
  ENOENT: 'refused',
  EAGAIN: 'refused',
  ECONNRESET: 'reset',
  EPIPE: 'reset',
  HPE_INVALID_EOF_STATE: 'reset',
  EMFILE: 'unsent',
  ENFILE: 'unsent',
  EADDRNOTAVAIL: 'unsent',
  ENOBUFS: 'unsent',
  ENOMEM: 'unsent',
}

/** Never rejects, and ends by itself. */
export function exchange({ url, method, path, headers, body, timeoutMs, signal }: ExchangeOptions): Promise<Exchanged> {
  return new Promise(resolve => {
    let asked: ClientRequest | undefined
    const end = (exchanged: Exchanged) => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', stop)
      resolve(exchanged)
      asked?.destroy()
    }
    const failed = ({ code, message }: NodeJS.ErrnoException) =>
      end({ kind: KIND_OF[code ?? ''] ?? 'other', says: code ?? message })
    const stop = () => end({ kind: 'unsent', says: 'the drill was stopped' })
    const timer = setTimeout(() => end({ kind: 'timeout', says: `no answer in ${timeoutMs} ms` }), timeoutMs)
    if (signal?.aborted) return stop()
    signal?.addEventListener('abort', stop, { once: true })
    const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) }
    try {
      asked = request(
        { ...addressOf(url), method, path, agent: false, headers: { ...headers, ...length, connection: 'close' } },
        response => {
          let text = ''
          response.setEncoding('utf8').on('data', piece => (text += piece))
          response.on('error', failed)
          response.on('end', () => {
            const answer = { status: response.statusCode ?? 0, headers: response.headers, text, json: jsonOf(text) }
            end({ kind: kindOf(answer), says: String(answer.status), answer })
          })
        },
      )
      asked.on('error', failed)
      asked.end(body)
    } catch (error) {
      failed(error as NodeJS.ErrnoException)
    }
  })
}

/** 'localhost' is asked by its address: a look-up a request would wait for the look-ups of others. */
function addressOf(url: string) {
  if (url.startsWith('unix:')) return { socketPath: url.slice(5) }
  const { hostname, port } = new URL(url)
  return { host: hostname === 'localhost' ? '127.0.0.1' : hostname.replace(/^\[|\]$/g, ''), port: Number(port || 80) }
}

function kindOf({ status, headers }: Answer): StepKind {
  if (status === 503 && headers['retry-after'] !== undefined && /problem\+json/.test(headers['content-type'] ?? ''))
    return 'degraded'
  if (status >= 500) return '5xx'
  return status >= 400 ? '4xx' : 'ok'
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
