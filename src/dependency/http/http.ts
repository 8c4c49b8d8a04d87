// The adapter for an HTTP API: `http('https://api.example.com')`. What the app gets is a `fetch` bound to that origin, and an `agent` for
// SDKs that take one; both over connections of its own, which a drop ends. By undici, loaded when the first request is made; where it is
// not installed, by the one inside Node.
import type { AgentOptions, Agent as PlainAgent } from 'node:http'
import { Agent as SecureAgent } from 'node:https'
import type { Duplex } from 'node:stream'
import { setTimeout as wait } from 'node:timers/promises'
import { ConfigError, isRejected, type Judge, type Setting } from '../../core/index.ts'
import { type Call, judgeError, judgeValue, type Policy } from '../../policy/index.ts'
import type { Adapter, FacadeMore } from '../adapter.ts'
import { droppedError } from '../errors.ts'
import { Flight, flights } from '../flights.ts'
import { type HttpDriver, installedUndici } from './driver.ts'
import { type HttpOptions, httpLevels } from './options.ts'
import { connectByPhases, PhaseError, type Where } from './phases.ts'
import { answers, asked, partsOf } from './request.ts'

const { Agent: Plain } = process.getBuiltinModule('node:http')

export interface HttpApi {
  /** As the global fetch; a path is taken from the origin. Only this origin; a redirect may lead elsewhere. */
  fetch(input: string | URL | Request, init?: RequestInit): Promise<Response>
  /** For SDKs that take a node:http agent: its connections are made by phases and ended by a drop, its calls are not guarded. */
  readonly agent: PlainAgent | SecureAgent
}

const RETRY_AFTER_MS = 2_000

/** `driver`: whose fetch and Agent. Default: the undici that is installed, else Node's own. */
export function http(
  origin: string | URL,
  options: HttpOptions = {},
  driver: () => Promise<HttpDriver> = installedUndici,
): Adapter<HttpApi> {
  const base = originOf(origin)
  const levels = httpLevels(options)
  const secure = base.protocol === 'https:'
  const where = placeOf(base)
  const underWay = flights()
  const sockets = new Set<Duplex>()
  let closed = false
  let current: Promise<InstanceType<HttpDriver['Agent']>> | undefined

  let name = base.host
  const refusal = () => droppedError(RETRY_AFTER_MS, name)
  const connected = async (to: Where = where) => {
    if (closed) throw refusal()
    const socket = await connectByPhases(to, levels)
    if (closed) {
      socket.destroy()
      throw refusal()
    }
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
    return socket
  }
  const dispatcher = () =>
    (current ??= driver().then(
      ({ Agent }) =>
        new Agent({
          connections: levels.connections,
          pipelining: 1,
          keepAliveTimeout: levels.keepAliveMs,
          keepAliveMaxTimeout: 60_000,
          headersTimeout: levels.headersMs,
          bodyTimeout: levels.bodyGapMs,
          connect: (to, callback) => {
            // Another than ours where a redirect led.
            connected(placeOf(to)).then(
              socket => callback(null, socket),
              error => callback(error, null),
            )
          },
        }),
    ))

  const send = async (call: Call, input: URL, init: RequestInit): Promise<Response> => {
    const { fetch } = await driver()
    const flight = new Flight(call)
    underWay.begin(flight)
    try {
      const { signal: own } = init
      // The caller's own ends the reading of the answer too, when the call is over.
      const signal = own instanceof AbortSignal ? AbortSignal.any([call.signal, own]) : call.signal
      return await fetch(input, { ...init, signal, dispatcher: await dispatcher() })
    } catch (error) {
      throw unwrapped(error)
    } finally {
      underWay.end(flight)
    }
  }

  const agentOf = () => {
    const of: AgentOptions = { keepAlive: true, maxSockets: levels.connections, timeout: levels.bodyGapMs }
    const agent = secure ? new SecureAgent(of) : new Plain(of)
    const create = (_: unknown, callback: (error: Error | null, socket?: Duplex) => void) => {
      connected().then(
        socket => callback(null, socket),
        error => callback(error),
      )
    }
    return Object.assign(agent, { createConnection: create })
  }

  return Object.freeze({
    kind: 'http',
    judge: judgeHttp,
    size: levels.connections,
    attemptMs: levels.attemptMs,
    facade(run: Policy['run'], more: FacadeMore): HttpApi {
      name = more.name ?? name
      return {
        agent: agentOf(),
        fetch(input, given = {}) {
          const whole = input instanceof Request
          const init = whole
            ? { ...partsOf(input), ...given, signal: given.signal === undefined ? input.signal : given.signal }
            : given
          const url = new URL(whole ? input.url : input, base)
          if (url.origin !== base.origin)
            return Promise.reject(new TypeError(`${url.origin} is not ${base.origin}: make a dependency of its own for it`))
          const { how, once } = asked(init)
          let last: Response | undefined
          const attempt = async (call: Call) => {
            // An answer that is not taken holds its connection.
            await last?.body?.cancel().catch(() => {})
            last = await send(call, url, init)
            return last
          }
          // A stream can be sent once: nothing of it is tried again.
          return (once ? more.runHeld : run)(attempt, how)
        },
      }
    },
    async probe(call: Call) {
      const given = AbortSignal.any([call.signal, AbortSignal.timeout(Math.max(1, Math.floor(call.remaining())))])
      const socket = await connectByPhases(where, levels, given)
      if (options.probe === undefined) {
        socket.destroy()
        return 'up'
      }
      try {
        await answers(socket, new URL(options.probe, base), given)
        return 'up'
      } finally {
        socket.destroy()
      }
    },
    async drop() {
      closed = true
      const ending = current
      current = undefined
      const ended = sockets.size
      await ending?.then(agent => Promise.race([agent.destroy(refusal()), wait(100)]))
      for (const socket of sockets) socket.destroy()
      return ended
    },
    admit(share: number) {
      closed = share <= 0
    },
    late: ms => underWay.late(ms),
    counts: () => ({ open: sockets.size }),
    settings: (): readonly Setting[] => {
      const set = (level: string, name: string, valueMs: number): Setting => ({ level, name, valueMs, from: 'http()' })
      return [
        set('dns', 'dns', levels.dnsMs),
        set('connect', 'connect', levels.connectMs),
        set('tls', 'tls', levels.tlsMs),
        set('headers', 'headers', levels.headersMs),
        set('body-gap', 'bodyGap', levels.bodyGapMs),
        set('client-keep-alive', 'keepAlive', levels.keepAliveMs),
      ]
    },
  } satisfies Adapter<HttpApi>)
}

const PHASES: Readonly<Record<string, string>> = {
  UND_ERR_HEADERS_TIMEOUT: 'SELFHEAL_HTTP_HEADERS_TIMEOUT',
  UND_ERR_BODY_TIMEOUT: 'SELFHEAL_HTTP_BODY_TIMEOUT',
}

function placeOf({ hostname, port, protocol }: { hostname: string; port: string | number; protocol: string }): Where {
  const secure = protocol === 'https:'
  return { host: hostname.replace(/^\[|\]$/g, ''), port: Number(port || (secure ? 443 : 80)), secure }
}

/** fetch says "fetch failed"; what failed is its cause. */
function unwrapped(error: unknown): unknown {
  const cause = (error as { cause?: unknown } | undefined)?.cause
  if (cause instanceof PhaseError || isRejected(cause)) return cause
  const code = PHASES[String((cause as { code?: unknown } | undefined)?.code)]
  return code === undefined ? error : Object.assign(new PhaseError(code, 'it did not answer in time'), { cause: error })
}

const judgeHttp: Judge = answer => {
  if ('value' in answer) return judgeValue(answer.value)
  const { error } = answer
  if (error instanceof PhaseError) {
    const sent = error.code === 'SELFHEAL_HTTP_HEADERS_TIMEOUT' || error.code === 'SELFHEAL_HTTP_BODY_TIMEOUT'
    return { ran: sent ? 'maybe' : 'no', blame: 'them' }
  }
  return judgeError(error)
}

function originOf(given: string | URL): URL {
  const url = URL.canParse(String(given)) ? new URL(given) : undefined
  if (url === undefined || !/^https?:$/.test(url.protocol))
    throw new ConfigError('http()', [
      { at: 'origin', says: `must be an address such as 'https://api.example.com', not ${JSON.stringify(given)}` },
    ])
  return url
}
