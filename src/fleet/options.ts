// The options of a fleet: read once, at the border; every fault at once.
import { randomBytes } from 'node:crypto'
import { hostname } from 'node:os'
import {
  type Clock,
  ConfigError,
  type Duration,
  defaultEvents,
  durationMs,
  type Events,
  type Fault,
  type Json,
  systemClock,
} from '../core/index.ts'
import type { Engine } from './engine.ts'

export interface FleetOptions {
  /** What the machines share: `memory()`, `postgres(pool)`, `redis(client)`, `nats(connection)`. */
  readonly engine: Engine
  /** Machines of one name are one fleet. Default 'app'. */
  readonly name?: string
  /** This machine's name, unique in the fleet and new with each start. Default: host name and chance. */
  readonly node?: string
  /** Between two signs of life. Minimum 100 ms, default 2 s. */
  readonly beat?: Duration
  /** So long without a sign, and a machine counts as lost. At least 3 beats. Default 10 s. */
  readonly lost?: Duration
  /** So long lost, and it is forgotten; until then it counts as sick. Default 10 min. */
  readonly forget?: Duration
  /** For one question to the engine. Default 500 ms. */
  readonly timeout?: Duration
  /** How long a singleton's lease lasts without being renewed. At least 3 beats. Default 10 s. */
  readonly lease?: Duration
  /** How long a permit to restart lasts without being renewed. At least 3 beats. Default 60 s. */
  readonly permit?: Duration
  /** Work under a lease is over so long before its end. Default a tenth of the lease, at least two timeouts. */
  readonly margin?: Duration
  /** How long a restart of one machine takes: without the engine, restarts spread over max(60 s, 30 × this). Default 10 s. */
  readonly restart?: Duration
  /** Whether this machine is not well. Asked at each beat. */
  readonly sick?: () => boolean
  /** What others may see of it: small, no secret. Asked at each beat. */
  readonly info?: () => Json
  /** What it finds broken, by name. Asked at each beat. */
  readonly hints?: () => readonly string[]
  /** Where forces are kept over restarts. Default: nowhere. */
  readonly file?: string
  /** Of its part and its events. Default `fleet`. */
  readonly path?: string
  readonly clock?: Clock
  readonly events?: Events
  /** A number in [0, 1). Default Math.random. */
  readonly random?: () => number
}

export interface Settings {
  readonly engine: Engine
  readonly fleet: string
  readonly node: string
  readonly beatMs: number
  readonly lostMs: number
  readonly forgetMs: number
  readonly timeoutMs: number
  readonly leaseMs: number
  readonly permitMs: number
  readonly marginOf: (ttlMs: number) => number
  readonly restartMs: number
  readonly sick: () => boolean
  readonly info: () => Json
  readonly hints: () => readonly string[]
  readonly file: string | undefined
  readonly path: string
  readonly clock: Clock
  readonly events: Events
  readonly random: () => number
}

const KNOWN =
  'engine name node beat lost forget timeout lease permit margin restart sick info hints file path clock events random'.split(' ')

export function readOptions(options: FleetOptions): Settings {
  const faults: Fault[] = []
  const given = options as unknown as Readonly<Record<string, unknown>>
  for (const key of Object.keys(given))
    if (!KNOWN.includes(key)) faults.push({ at: key, says: `is no option; there are: ${KNOWN.join(', ')}` })
  const time = (at: string, otherwise: number, least = 0) => {
    const ms = given[at] === undefined ? otherwise : durationMs(given[at])
    if (ms === undefined || ms < least) faults.push({ at, says: `must be a time of at least ${least} ms, such as '10s'` })
    return ms ?? otherwise
  }
  const { engine, name = 'app', random = Math.random } = options
  if (typeof engine?.beat !== 'function' || typeof engine.write !== 'function')
    faults.push({ at: 'engine', says: 'must be an engine: memory(), postgres(pool), redis(client) or nats(connection)' })
  if (typeof name !== 'string' || !/^[\w./-]{1,100}$/.test(name))
    faults.push({ at: 'name', says: 'must be 1 to 100 letters, digits, dots, slashes or dashes' })
  const beatMs = time('beat', 2_000, 100)
  const timeoutMs = time('timeout', 500, 10)
  const settings: Settings = {
    engine,
    fleet: name,
    node: options.node ?? `${hostname()}-${randomBytes(4).toString('hex')}`,
    beatMs,
    timeoutMs,
    lostMs: time('lost', Math.max(10_000, 3 * beatMs), 3 * beatMs),
    forgetMs: time('forget', 600_000),
    leaseMs: time('lease', Math.max(10_000, 3 * beatMs), 3 * beatMs),
    permitMs: time('permit', Math.max(60_000, 3 * beatMs), 3 * beatMs),
    marginOf: given['margin'] === undefined ? ttlMs => Math.max(2 * timeoutMs, ttlMs / 10) : () => time('margin', 0),
    restartMs: time('restart', 10_000),
    sick: options.sick ?? (() => false),
    info: options.info ?? (() => null),
    hints: options.hints ?? (() => []),
    file: options.file,
    path: options.path ?? 'fleet',
    clock: options.clock ?? systemClock,
    events: options.events ?? defaultEvents,
    random,
  }
  if (settings.marginOf(settings.leaseMs) + beatMs >= settings.leaseMs)
    faults.push({ at: 'lease', says: 'must be longer than a beat and the margin together, or it ends before it can be renewed' })
  if (faults.length > 0) throw new ConfigError('fleet()', faults)
  return Object.freeze(settings)
}
