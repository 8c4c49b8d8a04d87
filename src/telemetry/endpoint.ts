// The HTTP endpoint of one supervisor: /metrics, /live, /ready, /health. Loopback needs no token; beyond it, one is required. Answers from
// what `source` last told, in bounded time; the supervisor is asked at most once a second, however many scrape.
import { createHash, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { type AddressInfo, isIP } from 'node:net'
import { type Clock, SelfhealError, systemClock } from '../core/index.ts'
import { heldConnections } from './accept-queue.ts'
import { healthOf } from './health.ts'
import { PROMETHEUS_TYPE, prometheusText } from './prometheus.ts'
import type { Readings } from './readings.ts'
import type { SeenPart } from './sample.ts'

const { createServer } = process.getBuiltinModule('node:http')

export interface EndpointOptions {
  /** 'host:port'. Port 0: any that is free. */
  readonly listen: string
  /** Needed beyond loopback: `Authorization: Bearer …`. */
  readonly token?: string
  readonly readings: Readings
  /** The parts as they are now. Rejects when the supervisor does not answer. */
  readonly parts: () => Promise<readonly SeenPart[]>
  readonly clock?: Clock
}

export interface Endpoint {
  readonly url: string
  close(): Promise<void>
}

const FRESH_MS = 1_000

/** Rejects with SelfhealError: SELFHEAL_METRICS_ADDRESS, SELFHEAL_METRICS_TOKEN, SELFHEAL_METRICS_PORT. */
export async function endpoint({ listen, token, readings, parts, clock = systemClock }: EndpointOptions): Promise<Endpoint> {
  const { host, port } = checkMetrics(listen, token)
  const seen = lately(parts, clock)
  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const path = (request.url ?? '/').split('?')[0]
    if (request.method !== 'GET' && request.method !== 'HEAD') return send(response, 405, 'GET, please\n')
    // A load balancer has no token, and learns no more than yes or no.
    if (path === '/live') return send(response, 200, 'live\n')
    if (path === '/ready') {
      const { status } = healthOf(await seen())
      return send(response, status === 'ok' ? 200 : 503, `${status}\n`)
    }
    if (token !== undefined && !allowed(request.headers.authorization, token))
      return send(response, 401, 'This needs Authorization: Bearer and the token of SELFHEAL_METRICS_TOKEN\n')
    if (path === '/health') {
      const health = healthOf(await seen())
      return send(response, health.status === 'ok' ? 200 : 503, `${JSON.stringify(health)}\n`, 'application/json')
    }
    if (path !== '/metrics') return send(response, 404, 'There are /metrics, /live, /ready and /health\n')
    const known = await seen()
    const held = known === undefined ? [] : await heldConnections(known)
    return send(response, 200, prometheusText([...readings.samples(known ?? []), ...held]), PROMETHEUS_TYPE)
  }
  const server = createServer((request, response) => {
    answer(request, response).catch(() => {
      if (!response.headersSent) send(response, 500, 'This could not be told\n')
    })
  })
  server.requestTimeout = 10_000
  server.maxConnections = 100
  await new Promise<void>((resolve, reject) => {
    server.once('error', error =>
      reject(
        new SelfhealError(
          'SELFHEAL_METRICS_PORT',
          `metrics can't listen on ${listen}: ${error.message}`,
          'Name another address: --metrics 127.0.0.1:9465',
          error,
        ),
      ),
    )
    server.listen(port, host, resolve)
  })
  const at = server.address() as AddressInfo
  return Object.freeze({
    url: `http://${at.family === 'IPv6' ? `[${at.address}]` : at.address}:${at.port}`,
    close: () =>
      new Promise<void>(resolve => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  })
}

/** Where it would listen. Throws SELFHEAL_METRICS_ADDRESS, and SELFHEAL_METRICS_TOKEN for what is reached from beyond this machine without one. */
export function checkMetrics(listen: string, token: string | undefined): { readonly host: string; readonly port: number } {
  const at = addressOf(listen)
  if (isLoopback(at.host) || (token !== undefined && token.length >= 16)) return at
  throw new SelfhealError(
    'SELFHEAL_METRICS_TOKEN',
    `metrics on ${at.host} can be read from other machines, and there is no token${token === undefined ? '' : ' of 16 characters or more'}`,
    'Set SELFHEAL_METRICS_TOKEN, as from: openssl rand -hex 16. Or listen on 127.0.0.1.',
  )
}

function addressOf(listen: string): { readonly host: string; readonly port: number } {
  const found = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(listen) ?? /^()()(\d{1,5})$/.exec(listen)
  const port = Number(found?.[3])
  if (found === null || port > 65_535)
    throw new SelfhealError('SELFHEAL_METRICS_ADDRESS', `${listen} is no address`, 'Write it as 127.0.0.1:9464.')
  return { host: found[1] || found[2] || '127.0.0.1', port }
}

const isLoopback = (host: string) => host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'))

function allowed(given: string | undefined, token: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(given ?? ''), digest(`Bearer ${token}`))
}

/** One look serves all who ask within a second. undefined: nobody answers. */
function lately(parts: EndpointOptions['parts'], clock: Clock) {
  let at = Number.NEGATIVE_INFINITY
  let last: Promise<readonly SeenPart[] | undefined> = Promise.resolve(undefined)
  return () => {
    if (clock.now() - at >= FRESH_MS) {
      at = clock.now()
      last = parts().catch(() => undefined)
    }
    return last
  }
}

function send(response: ServerResponse, status: number, body: string, type = 'text/plain; charset=utf-8') {
  response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' }).end(body)
}
