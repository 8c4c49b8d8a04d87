// Each phase of a request has a time of its own, all below the deadline.
import { ConfigError, type Duration, durationMs, type Fault } from '../../core/index.ts'

export interface HttpOptions {
  /** What is asked while it is down or idle: a path that answers below 500. Default: only whether it can be connected to. */
  readonly probe?: string
  /** Default 2 s. */
  readonly dns?: Duration
  /** Default 2 s. */
  readonly connect?: Duration
  /** Default 3 s. */
  readonly tls?: Duration
  /** From the request sent until the answer begins. Default 5 s. */
  readonly headers?: Duration
  /** Between two pieces of an answer. Default 10 s. */
  readonly bodyGap?: Duration
  /** One attempt, until the answer begins. Default 8 s. */
  readonly attempt?: Duration
  /** An idle connection is closed after so long; below the server's own. Default 4 s. */
  readonly keepAlive?: Duration
  /** Connections at most. Default 50. */
  readonly connections?: number
}

export interface HttpLevels {
  readonly dnsMs: number
  readonly connectMs: number
  readonly tlsMs: number
  readonly headersMs: number
  readonly bodyGapMs: number
  readonly attemptMs: number
  readonly keepAliveMs: number
  readonly connections: number
}

const DEFAULTS = { dns: 2_000, connect: 2_000, tls: 3_000, headers: 5_000, bodyGap: 10_000, attempt: 8_000, keepAlive: 4_000 }

export function httpLevels(options: HttpOptions): HttpLevels {
  const faults: Fault[] = []
  const ms = (name: keyof typeof DEFAULTS) => {
    const parsed = durationMs(options[name] ?? DEFAULTS[name])
    if (parsed === undefined || parsed < 1) faults.push({ at: name, says: "must be a duration of at least 1 ms, such as '2s'" })
    return parsed ?? DEFAULTS[name]
  }
  const { connections = 50 } = options
  if (!Number.isInteger(connections) || connections < 1)
    faults.push({ at: 'connections', says: 'must be a whole number, at least 1' })
  for (const name of Object.keys(options))
    if (!(name in DEFAULTS) && name !== 'probe' && name !== 'connections')
      faults.push({ at: name, says: `unknown; known: probe, connections, ${Object.keys(DEFAULTS).join(', ')}` })
  const levels: HttpLevels = {
    dnsMs: ms('dns'),
    connectMs: ms('connect'),
    tlsMs: ms('tls'),
    headersMs: ms('headers'),
    bodyGapMs: ms('bodyGap'),
    attemptMs: ms('attempt'),
    keepAliveMs: ms('keepAlive'),
    connections,
  }
  if (faults.length > 0) throw new ConfigError('http()', faults)
  return Object.freeze(levels)
}
