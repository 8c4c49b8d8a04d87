// The standby's own process: listens on every held descriptor (LISTEN_FDS, as systemd has it) and says politely that we are not ready.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'

const FIRST_FD = 3
const retryAfter = Number(process.env['SELFHEAL_STANDBY_RETRY'] ?? 10)

const page = `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><meta http-equiv="refresh" content="${retryAfter}">
<title>Back in a moment</title><style>:root{color-scheme:light dark}body{font:1.1rem/1.6 system-ui,sans-serif;max-width:34rem;margin:18vh auto;padding:0 1.5rem}h1{font-size:1.6rem}</style>
<h1>Back in a moment</h1><p>This site is getting itself working again. The page reloads by itself.</p></html>`
const problem = JSON.stringify({
  type: 'about:blank',
  title: 'Service Unavailable',
  status: 503,
  code: 'SELFHEAL_STANDBY',
  detail: 'The program behind this port is not ready yet.',
  retryAfter,
})

function answer(request: IncomingMessage, response: ServerResponse): void {
  const html = request.headers.accept?.includes('text/html') ?? false
  // Spread, so that all who were sent away do not come back in the same second.
  const seconds = Math.max(1, Math.round(retryAfter * (0.75 + 0.5 * Math.random())))
  const headers = {
    'content-type': html ? 'text/html; charset=utf-8' : 'application/problem+json',
    'retry-after': String(seconds),
    'cache-control': 'no-store',
    connection: 'close',
  }
  response.writeHead(503, headers)
  response.end(request.method === 'HEAD' ? '' : html ? page : problem)
  request.resume()
}

const servers = Array.from({ length: Number(process.env['LISTEN_FDS'] ?? 0) }, (_, i) =>
  createServer(answer).listen({ fd: FIRST_FD + i, backlog: 4096 }),
)
// Asked to leave before anybody could know that it answers already: what it has accepted it finishes.
process.once('SIGTERM', () => {
  let open = servers.length
  for (const server of servers) server.close(() => --open === 0 && process.exit())
})
