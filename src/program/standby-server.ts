// The standby's own process: listens on every held descriptor (LISTEN_FDS, as systemd has it) and says politely that we are not ready:
// problem+json, a page, or the files of SELFHEAL_STANDBY_FOLDER with its index.html for every page; before that, what was kept of the app's
// own public answers in SELFHEAL_STANDBY_STALE, with its age.
import { readFileSync, realpathSync, statSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { extname, join, sep } from 'node:path'
import { showKept } from './stale/show.ts'

const { createServer } = process.getBuiltinModule('node:http')

const FIRST_FD = 3
const MAX_FILE = 8 * 1024 * 1024
const retryAfter = Number(process.env['SELFHEAL_STANDBY_RETRY'] ?? 10)
const folder = process.env['SELFHEAL_STANDBY_FOLDER']
const stale = process.env['SELFHEAL_STANDBY_STALE']
const STALE_MOST_MS = 24 * 3_600_000

const PAGE = `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><meta http-equiv="refresh" content="${retryAfter}">
<title>Back in a moment</title><style>:root{color-scheme:light dark}body{font:1.1rem/1.6 system-ui,sans-serif;max-width:34rem;margin:18vh auto;padding:0 1.5rem}h1{font-size:1.6rem}</style>
<h1>Back in a moment</h1><p>This site is getting itself working again. The page reloads by itself.</p></html>`
const PROBLEM = JSON.stringify({
  type: 'about:blank',
  title: 'Service Unavailable',
  status: 503,
  code: 'SELFHEAL_STANDBY',
  detail: 'The program behind this port is not ready yet.',
  retryAfter,
})
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.jpg': 'image/jpeg',
  '.webp': 'image/webp',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.txt': 'text/plain; charset=utf-8',
}

function answer(request: IncomingMessage, response: ServerResponse): void {
  request.resume()
  const path = request.method === 'GET' || request.method === 'HEAD' ? (request.url ?? '/').split('?')[0]! : ''
  if (path !== '' && stale !== undefined && showKept(stale, STALE_MOST_MS, request, response)) return
  const html = request.headers.accept?.includes('text/html') ?? false
  // What the page is made of is there, and may be kept; the page itself says that we are not.
  const part = path === '' || extname(path) === '' || extname(path) === '.html' ? undefined : fileAt(path)
  if (part !== undefined) return void send(request, response, 200, part.type, part.body, {})
  const page = html ? (fileAt(path) ?? fileAt('/index.html')) : undefined
  // Spread, so that all who were sent away do not come back in the same second.
  const seconds = Math.max(1, Math.round(retryAfter * (0.75 + 0.5 * Math.random())))
  const more = { 'retry-after': String(seconds), 'cache-control': 'no-store' }
  if (html) send(request, response, 503, TYPES['.html']!, page?.body ?? PAGE, more)
  else send(request, response, 503, 'application/problem+json', PROBLEM, more)
}

function send(
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  type: string,
  body: string | Buffer,
  more: Readonly<Record<string, string>>,
): void {
  response.writeHead(status, {
    'content-type': type,
    'content-length': Buffer.byteLength(body),
    connection: 'close',
    ...more,
  })
  response.end(request.method === 'HEAD' ? undefined : body)
}

/** A file of the folder, and of nowhere else. */
function fileAt(path: string): { readonly type: string; readonly body: Buffer } | undefined {
  if (folder === undefined) return undefined
  try {
    const root = realpathSync(folder)
    const file = realpathSync(join(root, decodeURIComponent(path)))
    if (!file.startsWith(root + sep) || !statSync(file).isFile() || statSync(file).size > MAX_FILE) return undefined
    return { type: TYPES[extname(file)] ?? 'application/octet-stream', body: readFileSync(file) }
  } catch {
    return undefined
  }
}

const servers = Array.from({ length: Number(process.env['LISTEN_FDS'] ?? 0) }, (_, i) =>
  createServer(answer).listen({ fd: FIRST_FD + i, backlog: 4096 }),
)
// Asked to leave before anybody could know that it answers already: what it has accepted it finishes.
process.once('SIGTERM', () => {
  let open = servers.length
  for (const server of servers) server.close(() => --open === 0 && process.exit())
})
