// The options of a failover: read once, at the border; every fault at once.
import { type Clock, ConfigError, type Duration, durationMs, type Events, type Fault } from '../core/index.ts'
import type { Intent } from './intent.ts'
import type { Ledger } from './ledger.ts'
import type { Provider } from './provider.ts'
import type { RouteOptions } from './route.ts'
import type { Promises } from './rule.ts'

/** What one provider may have. */
export interface ProviderRule {
  /** Of the traffic when all are well; 0: on failover only. Default 1 for the first provider, 0 for the others. */
  readonly weight?: number
  /** Most calls at the same time; beyond it, others are asked. Default none. */
  readonly cap?: number
  /** Of all calls, begun here while it is a well backup. 0 … 0.5. Default 0.01 where its card allows. */
  readonly keepAlive?: number
}

export interface FailoverOptions<P, R> {
  /** The first is the one to use while it is well. */
  readonly providers: readonly Provider<P, R>[]
  /** Where intents are kept. Its contents decide whether anything is done twice: never a memory ledger for money. */
  readonly ledger: Ledger
  /** Of its part and its events. Default `failover/<name>`. */
  readonly path?: string
  readonly clock?: Clock
  readonly events?: Events
  /** By provider's name. */
  readonly rules?: Readonly<Record<string, ProviderRule>>
  /** For one call, over all providers. The ambient one can only shorten it. Default 30 s. */
  readonly deadline?: Duration
  /** For one try at one provider. Default 10 s. */
  readonly attempt?: Duration
  /** A try under way this long counts against its provider then, not when it ends. Default 5 s. */
  readonly slow?: Duration
  /** Bad answers in a row until a provider is left. Minimum 1. Default 3. */
  readonly failures?: number
  /** How long a provider that was left stays so at least; doubles when it falls again soon, to 15 min. Default 60 s. */
  readonly minStay?: Duration
  /** From its return to all of its traffic. Default 60 s. */
  readonly ramp?: Duration
  /** `tolerated`: what may have been done goes to the next provider all the same. For mail, an LLM, geocoding; never for money. Default never. */
  readonly duplicates?: 'never' | 'tolerated'
  /** Done twice: told as an alarm and a void offered (`failover void`), or made at once. Default offer. */
  readonly twice?: 'offer' | 'void'
  /** An intent left to the reconciler by intend() is tried until a provider takes it, for this long. Default 1 h. */
  readonly patience?: Duration
  /** A look of the reconciler, when nothing calls for one earlier. Default 5 s. */
  readonly every?: Duration
  /** Providers' health checks, credentials included, while they are well. Default 1 h. */
  readonly checkEvery?: Duration
  /** One that has not worked for so long is told of. Default 1 d. */
  readonly unprovenAfter?: Duration
  /** Decided intents are kept this long. Default 90 d. */
  readonly keepFor?: Duration
  /** Told, at least once and also after a restart, how each intent that was answered as pending ended. A rejection: told again. */
  readonly decided?: (intent: Intent) => unknown
  readonly random?: () => number
}

export interface Numbers extends RouteOptions {
  readonly deadlineMs: number
  readonly attemptMs: number
  readonly slowMs: number
  readonly patienceMs: number
  readonly everyMs: number
  readonly checkEveryMs: number
  readonly unprovenMs: number
  readonly keepForMs: number
}

const DEFAULTS = {
  deadline: '30s', attempt: '10s', slow: '5s', minStay: '60s', ramp: '60s', patience: '1h', every: '5s', checkEvery: '1h', unprovenAfter: '1d', keepFor: '90d',
} as const // biome-ignore format: a table
const KNOWN = new Set([
  ...Object.keys(DEFAULTS), 'providers', 'ledger', 'path', 'clock', 'events', 'rules', 'failures', 'duplicates', 'twice', 'decided', 'random',
]) // biome-ignore format: a list
const MOST_STAY_MS = 900_000
const PROBE_MS = 30_000
const NAME = /^[a-z0-9][a-z0-9_.-]{0,62}$/i
const LEAST_KEY = 16

export function readOptions<P, R>(name: string, options: FailoverOptions<P, R>): Numbers {
  const faults: Fault[] = []
  const fault = (at: string, says: string) => void faults.push({ at, says })
  for (const at of Object.keys(options)) if (!KNOWN.has(at)) fault(at, 'is not an option')
  if (!NAME.test(name)) fault('name', `'${name}' must be letters, digits, '.', '_' or '-'`)
  const ms = (at: keyof typeof DEFAULTS): number => {
    const value = durationMs(options[at] ?? DEFAULTS[at])
    if (value === undefined) fault(at, `must be a duration such as '30s', not ${String(options[at])}`)
    return value ?? 0
  }
  const names = (options.providers ?? []).map(one => one?.name)
  if (names.length === 0) fault('providers', 'must name at least one provider')
  for (const [i, one] of (options.providers ?? []).entries()) {
    const at = `providers[${i}]`
    if (typeof one?.name !== 'string' || !NAME.test(one.name)) fault(`${at}.name`, 'must be a plain name')
    if (names.indexOf(one?.name) !== i) fault(`${at}.name`, `'${one?.name}' is there twice`)
    if (typeof one?.call !== 'function' || typeof one?.judge !== 'function') fault(at, 'must have call() and judge()')
    if (durationMs(one?.card?.keyTtl) === undefined)
      fault(`${at}.card.keyTtl`, 'must say how long it remembers a key; 0: it knows none')
    if (!(Number(one?.card?.keyMaxLength) >= LEAST_KEY))
      fault(`${at}.card.keyMaxLength`, `must be at least ${LEAST_KEY}: shorter keys may meet`)
    if (one?.card?.settles !== undefined && durationMs(one.card.settles) === undefined)
      fault(`${at}.card.settles`, 'must be a duration')
  }
  for (const [one, rule] of Object.entries(options.rules ?? {})) {
    if (!names.includes(one)) fault(`rules.${one}`, `names no provider; there are: ${names.join(', ')}`)
    if (rule.weight !== undefined && !(rule.weight >= 0)) fault(`rules.${one}.weight`, 'must be 0 or more')
    if (rule.cap !== undefined && !(rule.cap >= 1)) fault(`rules.${one}.cap`, 'must be at least 1')
    if (rule.keepAlive !== undefined && !(rule.keepAlive >= 0 && rule.keepAlive <= 0.5))
      fault(`rules.${one}.keepAlive`, 'must be 0 … 0.5')
  }
  if (typeof options.ledger?.write !== 'function')
    fault('ledger', 'must be a ledger: sqliteLedger(…), postgresLedger(…) or memoryLedger()')
  const failures = options.failures ?? 3
  if (!(Number.isInteger(failures) && failures >= 1)) fault('failures', 'must be a whole number, at least 1')
  const numbers: Numbers = {
    deadlineMs: ms('deadline'), attemptMs: ms('attempt'), slowMs: ms('slow'), minStayMs: ms('minStay'), maxStayMs: Math.max(MOST_STAY_MS, ms('minStay')),
    rampMs: Math.max(1, ms('ramp')), probeMs: PROBE_MS, failures, patienceMs: ms('patience'), everyMs: Math.max(10, ms('every')),
    checkEveryMs: ms('checkEvery'), unprovenMs: ms('unprovenAfter'), keepForMs: ms('keepFor'),
  } // biome-ignore format: a table
  if (faults.length > 0) throw new ConfigError(`failover ${name}`, faults)
  return Object.freeze(numbers)
}

const SETTLES_MS = 120_000

export function promisesOf({ card, lookup }: Provider<never, unknown>): Promises {
  return Object.freeze({
    keyTtlMs: durationMs(card.keyTtl) ?? 0,
    settlesMs: card.settles === undefined ? SETTLES_MS : (durationMs(card.settles) ?? SETTLES_MS),
    looks: lookup !== undefined,
    replaysErrors: card.replaysErrors,
  })
}
