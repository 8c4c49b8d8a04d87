// In the standby: a kept answer as it is shown again: with its age, said in the page itself too, and kept by no cache.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from 'node:zlib'
import { formatMs } from '../../core/index.ts'
import { keptOf } from './keep.ts'

const UNPACK: Readonly<Record<string, (body: Buffer) => Buffer>> = {
  gzip: gunzipSync,
  br: brotliDecompressSync,
  zstd: zstdDecompressSync,
}

/** True: answered. Nothing kept, or too old: false. */
export function showKept(folder: string, mostAgeMs: number, request: IncomingMessage, response: ServerResponse): boolean {
  const found = keptOf(folder, request.url ?? '/')
  if (found === undefined) return false
  const ageMs = Math.max(0, Date.now() - found.kept.at)
  if (ageMs > mostAgeMs) return false
  const { 'content-encoding': encoding, ...headers } = found.kept.headers
  const unpack = encoding === undefined ? undefined : UNPACK[encoding]
  if (encoding !== undefined && unpack === undefined) return false
  try {
    const plain = unpack === undefined ? found.body : unpack(found.body)
    const body = /^text\/html\b/.test(headers['content-type'] ?? '') ? labelled(plain, ageMs) : plain
    const seconds = String(Math.round(ageMs / 1_000))
    response.writeHead(200, {
      ...headers,
      'content-length': body.length,
      connection: 'close',
      'cache-control': 'no-store',
      age: seconds,
      warning: '110 selfheal "Response is Stale"',
      'selfheal-stale': seconds,
    })
    response.end(request.method === 'HEAD' ? undefined : body)
    return true
  } catch {
    return false
  }
}

function labelled(html: Buffer, ageMs: number): Buffer {
  const label = `<p role="status" data-selfheal-stale>This page is as it was ${formatMs(ageMs)} ago. Nothing can be changed just now; it will be back by itself.</p>`
  const text = html.toString()
  const body = /<body\b[^>]*>/i.exec(text)
  const at = body === null ? 0 : body.index + body[0].length
  return Buffer.from(text.slice(0, at) + label + text.slice(at))
}
