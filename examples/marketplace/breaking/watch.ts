// A customer who asks ten times a second, each time on a new connection, and never waits for an answer before asking again. What each
// request came to is kept; ./story.ts makes sentences of it.
import { request } from 'node:http'
import { setTimeout as wait } from 'node:timers/promises'

export interface Asked {
  readonly outcome: 'ok' | 'refused' | 'cut' | 'error' | 'late'
  /** On performance.now(). */
  readonly startedAt: number
  readonly endedAt: number
  readonly status?: number
  /** Of the life that answered, where the answer tells it. */
  readonly pid?: number
}

const EVERY_MS = 100
const LATE_MS = 20_000

export interface Watch {
  /** Every request that has ended. */
  readonly asked: readonly Asked[]
  /** Stops asking; resolves when the last request has ended. */
  stop(): Promise<readonly Asked[]>
}

export function watch(url: string): Watch {
  const asked: Asked[] = []
  const open = new Set<Promise<unknown>>()
  const stopped = new AbortController()
  const loop = (async () => {
    while (!stopped.signal.aborted) {
      const one = ask(url).then(result => asked.push(result))
      open.add(one)
      one.finally(() => open.delete(one))
      await wait(EVERY_MS, undefined, { signal: stopped.signal }).catch(() => {})
    }
  })()
  return Object.freeze({
    asked,
    async stop() {
      stopped.abort()
      await loop
      await Promise.all(open)
      return asked
    },
  })
}

export function ask(url: string, method = 'GET', lateMs = LATE_MS): Promise<Asked> {
  const startedAt = performance.now()
  return new Promise(resolve => {
    const end = (outcome: Asked['outcome'], more: { status?: number; pid?: number } = {}) =>
      resolve({ outcome, startedAt, endedAt: performance.now(), ...more })
    const sent = request(url, { method, agent: false, signal: AbortSignal.timeout(lateMs) }, response => {
      let text = ''
      response.setEncoding('utf8').on('data', part => {
        text += part
      })
      response.on('error', () => end('cut'))
      response.on('end', () => {
        const status = response.statusCode ?? 0
        end(status >= 200 && status < 300 ? 'ok' : 'error', { status, ...pidIn(text) })
      })
    })
    sent.on('error', (error: NodeJS.ErrnoException) =>
      end(
        error.code === 'ECONNREFUSED' ? 'refused' : error.name === 'AbortError' || error.name === 'TimeoutError' ? 'late' : 'cut',
      ),
    )
    sent.end()
  })
}

function pidIn(text: string): { pid?: number } {
  try {
    const { pid } = JSON.parse(text) as { pid?: unknown }
    return typeof pid === 'number' ? { pid } : {}
  } catch {
    return {}
  }
}
