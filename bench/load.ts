// An open-model load: a fixed number of new connections a second, a request each, sent when due whether or not earlier ones were
// answered, and timed from when they were due. Says of each what became of it; judges nothing.
import { connect } from 'node:net'

export type Kind = 'ok' | 'refused' | 'reset' | 'timeout' | 'other'

export interface Sent {
  readonly id: number
  readonly kind: Kind
  /** Of our end: how the accept log names a connection. 0: never connected. */
  readonly port: number
  readonly tookMs: number
  /** Of a request that was answered. */
  readonly pid?: number
  /** Its answer, or what became of it. */
  readonly says?: string
}

export interface Load {
  readonly port: number
  readonly perSecond: number
  readonly seconds: number
  readonly limitMs: number
  readonly onAnswer?: (pid: number) => void
}

export async function load({ port, perSecond, seconds, limitMs, onAnswer }: Load): Promise<readonly Sent[]> {
  const total = perSecond * seconds
  const start = performance.now()
  const running: Promise<Sent>[] = []
  await new Promise<void>(resolve => {
    const timer = setInterval(() => {
      while (running.length < total && performance.now() - start >= (running.length / perSecond) * 1_000) {
        const due = start + (running.length / perSecond) * 1_000
        const one = ask(port, running.length, due, limitMs)
        if (onAnswer !== undefined) one.then(({ pid }) => pid !== undefined && onAnswer(pid))
        running.push(one)
      }
      if (running.length < total) return
      clearInterval(timer)
      resolve()
    }, 1)
  })
  return Promise.all(running)
}

/** One connection, one request. Never rejects. */
export function ask(port: number, id: number, due = performance.now(), limitMs = 10_000, path = `${id}`): Promise<Sent> {
  return new Promise(resolve => {
    let answer = ''
    let ours = 0
    const socket = connect({ port, host: '127.0.0.1' })
    const end = (kind: Kind, says?: string) => {
      clearTimeout(limit)
      socket.destroy()
      const pid = kind === 'ok' ? { pid: Number(answer.split('\r\n\r\n')[1]!.match(/\d+/g)!.at(-1)) } : {}
      resolve({ id, kind, port: ours, tookMs: performance.now() - due, ...pid, ...(says === undefined ? {} : { says }) })
    }
    const limit = setTimeout(() => end('timeout'), limitMs)
    socket.setEncoding('latin1')
    socket.on('connect', () => {
      ours = socket.localPort ?? 0
      socket.write(`GET /${path} HTTP/1.0\r\nhost: localhost\r\nconnection: close\r\n\r\n`)
    })
    socket.on('data', (data: string) => {
      answer += data
    })
    socket.on('error', (error: NodeJS.ErrnoException) => end(kindOf(error.code), error.code))
    socket.on('end', () => {
      if (/^HTTP\/1\.[01] 200 [\s\S]*\r\n\r\n\d+/.test(answer)) end('ok', answer.split('\r\n\r\n')[1])
      else end(answer === '' ? 'reset' : 'other', answer === '' ? 'closed without an answer' : answer.split('\r\n')[0])
    })
  })
}

function kindOf(code: string | undefined): Kind {
  if (code === 'ECONNREFUSED') return 'refused'
  return code === 'ECONNRESET' || code === 'EPIPE' ? 'reset' : 'other'
}
