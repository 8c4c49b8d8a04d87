// The link between a program's life and its supervisor: one inherited socket pair, one JSON line a message, end-of-file = the other side
// is gone. This is the supervisor's end; the program's end is owned by its watchdog thread (preload/watchdog.ts).
import type { Duplex } from 'node:stream'
import type { Event, Json } from '../core/index.ts'

export type Report = { readonly v: 1 } & (
  | { readonly is: 'hello'; readonly pid: number; readonly speaks: 1 }
  | { readonly is: 'listening'; readonly port: string; readonly held?: boolean }
  | { readonly is: 'taken'; readonly port: string }
  | { readonly is: 'ready' }
  /** Its boot is over, and it listens nowhere. */
  | { readonly is: 'settled' }
  | { readonly is: 'parked' }
  | { readonly is: 'left' }
  /** Its time to finish is up: so many requests got a 503, so many answers are under way still. */
  | { readonly is: 'unfinished'; readonly refused: number; readonly broken: number }
  | {
      readonly is: 'beat'
      readonly lateMs: number
      readonly rss: number
      readonly fds?: number
      readonly heap?: number
      readonly heapLimit?: number
    }
  | {
      readonly is: 'hung'
      readonly forMs: number
      readonly stack: readonly string[] | null
      readonly route?: string
      readonly inKernel?: string
    }
  | { readonly is: 'blocked'; readonly forMs: number; readonly stack: readonly string[]; readonly route?: string }
  | { readonly is: 'retiring'; readonly exit: Json }
  | { readonly is: 'event'; readonly event: Event }
  | { readonly is: 'reply'; readonly to: number; readonly data: Json }
)
export type Order = { readonly v: 1 } /** It serves. `poison`: routes that took other lives. */ & (
  | { readonly is: 'go'; readonly poison?: readonly string[] }
  | { readonly is: 'listen'; readonly generation: number }
  | { readonly is: 'drain'; readonly withinMs: number; readonly linger?: boolean }
  | { readonly is: 'ask'; readonly id: number; readonly path: string; readonly verb: string; readonly args?: Json }
)

/** A line longer than this is no message of ours: it is dropped up to its end. */
const MAX_LINE = 1024 * 1024

export interface Link {
  /** Never throws; a link whose other side is gone swallows it. */
  send(order: Order): void
  close(): void
}

/** Reads reports off the stream; what is not one is ignored. Never throws, never lets an error of the stream escape. */
export function openLink(stream: Duplex, onReport: (report: Report) => void): Link {
  let rest = ''
  let skipping = false
  stream.on('error', () => {})
  stream.setEncoding('utf8')
  stream.on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n')
    rest = lines.pop()!
    if (skipping && lines.length > 0) {
      lines.shift()
      skipping = false
    }
    for (const line of lines) {
      const report = parseReport(line)
      if (report !== undefined) onReport(report)
    }
    if (rest.length > MAX_LINE) {
      rest = ''
      skipping = true
    }
  })
  return Object.freeze({
    send(order: Order) {
      if (!stream.destroyed && stream.writable) stream.write(`${JSON.stringify(order)}\n`)
    },
    close: () => void stream.destroy(),
  })
}

const NEEDS: Readonly<Record<string, (m: Record<string, unknown>) => boolean>> = {
  hello: m => typeof m['pid'] === 'number',
  listening: m => typeof m['port'] === 'string',
  taken: m => typeof m['port'] === 'string',
  ready: () => true,
  settled: () => true,
  parked: () => true,
  left: () => true,
  unfinished: m => typeof m['refused'] === 'number' && typeof m['broken'] === 'number',
  beat: m => typeof m['lateMs'] === 'number' && typeof m['rss'] === 'number',
  hung: m => typeof m['forMs'] === 'number',
  blocked: m => typeof m['forMs'] === 'number' && Array.isArray(m['stack']),
  retiring: m => 'exit' in m,
  event: m => typeof m['event'] === 'object' && m['event'] !== null,
  reply: m => typeof m['to'] === 'number',
}

function parseReport(line: string): Report | undefined {
  if (line === '') return undefined
  try {
    const message = JSON.parse(line) as Record<string, unknown>
    return message?.['v'] === 1 && NEEDS[String(message['is'])]?.(message) ? (message as unknown as Report) : undefined
  } catch {
    return undefined
  }
}
