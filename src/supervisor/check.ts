// Reads options and specs once, at the border: every fault with its place in one ConfigError, before anything runs. What comes out is
// numbers and no undefined.
import { type Backoff, ConfigError, durationMs, type Fault } from '../core/index.ts'
import type { Component } from './component.ts'
import type { Figures } from './rule.ts'
import type { Health, Restart, Spec, Strategy, SupervisorOptions } from './spec.ts'

export interface CheckedSpec {
  readonly id: string
  readonly component: Component
  readonly restart: Restart
  /** Infinity: no limit. */
  readonly shutdownMs: number | 'brutal_kill'
  readonly significant: boolean
  readonly startWithinMs: number
  readonly health: CheckedHealth | undefined
  readonly heartbeatMs: number | undefined
}
export interface CheckedHealth {
  readonly by: Health
  readonly everyMs: number
  readonly withinMs: number
  readonly misses: number
}
export interface Checked {
  readonly strategy: Strategy
  readonly children: readonly CheckedSpec[]
  readonly figures: Figures
  readonly budget: 'supervisor' | 'child'
  readonly autoShutdown: 'never' | 'any_significant' | 'all_significant'
  readonly meanwhile: ((id: string) => Component | undefined) | undefined
  readonly retriesFirst: (error: unknown) => boolean
}

const OPTIONS = {
  strategy: ['one_for_one', 'one_for_all', 'rest_for_one', 'dynamic'],
  restart: ['permanent', 'transient', 'temporary'],
  budget: ['supervisor', 'child'],
  autoShutdown: ['never', 'any_significant', 'all_significant'],
  kind: ['service', 'worker', 'program', 'supervisor'],
} as const
const KNOWN_OPTIONS = 'strategy children intensity period budget autoShutdown exhausted backoff clock events random'.split(' ')
const KNOWN_SPEC = 'id component needs restart shutdown significant startWithin health heartbeat'.split(' ')
const KNOWN_BACKOFF = 'baseMs capMs jitter resetAfterMs'.split(' ')
const SHUTDOWN_MS = { service: 5_000, worker: 5_000, program: 8_000, supervisor: Number.POSITIVE_INFINITY }
const BACKOFF = { baseMs: 100, capMs: 30_000, jitter: 0.5, resetAfterMs: 60_000 }

type Report = (at: string, says: string) => void

/** The options as numbers. Throws one ConfigError with every fault. */
export function checkOptions(options: SupervisorOptions, what = 'supervisor'): Checked {
  const faults: Fault[] = []
  const bad: Report = (at, says) => void faults.push({ at, says })
  if (!isObject(options)) throw new ConfigError(what, [{ at: 'options', says: `must be an object, not ${show(options)}` }])
  unknown(options, KNOWN_OPTIONS, '', bad)
  const strategy = oneOf(options.strategy, OPTIONS.strategy, 'strategy', bad) ?? 'one_for_one'
  const autoShutdown = oneOf(options.autoShutdown, OPTIONS.autoShutdown, 'autoShutdown', bad) ?? 'never'
  if (strategy === 'dynamic' && autoShutdown !== 'never') bad('autoShutdown', 'must be never with dynamic')
  const listed = options.children ?? []
  if (!Array.isArray(listed)) bad('children', `must be a list, not ${show(listed)}`)
  else if (strategy === 'dynamic' && listed.length > 0) bad('children', 'must be empty with dynamic: use startChild')
  const children = (Array.isArray(listed) ? listed : []).map((spec, i) => readSpec(spec, `children[${i}]`, autoShutdown, bad))
  const ids = new Map<string, number>()
  children.forEach((spec, i) => {
    const first = ids.get(spec.id)
    if (first !== undefined) bad(`children[${i}].id`, `must be unique: ${show(spec.id)} is children[${first}] already`)
    else ids.set(spec.id, i)
  })
  const checked = Object.freeze({
    strategy,
    children: Object.freeze(children),
    figures: readFigures(options, bad),
    budget: oneOf(options.budget, OPTIONS.budget, 'budget', bad) ?? 'supervisor',
    autoShutdown,
    meanwhile: readMeanwhile(options, bad),
    retriesFirst: readRetriesFirst(options, bad),
  })
  if (faults.length > 0) throw new ConfigError(what, faults)
  return checked
}

/** One spec, for startChild. Throws one ConfigError with every fault. */
export function checkSpec(spec: Spec, autoShutdown: Checked['autoShutdown'], what: string): CheckedSpec {
  const faults: Fault[] = []
  const checked = readSpec(spec, 'spec', autoShutdown, (at, says) => void faults.push({ at, says }))
  if (faults.length > 0) throw new ConfigError(what, faults)
  return checked
}

function readSpec(spec: Spec, at: string, autoShutdown: Checked['autoShutdown'], bad: Report): CheckedSpec {
  const given: Partial<Spec> = isObject(spec) ? spec : {}
  if (!isObject(spec)) bad(at, `must be an object, not ${show(spec)}`)
  unknown(given, KNOWN_SPEC, `${at}.`, bad)
  const { id, component } = given
  if (isObject(spec) && (typeof id !== 'string' || id === '' || id.includes('/')))
    bad(`${at}.id`, `must be a text without a slash, not ${show(id)}`)
  if (isObject(spec)) readComponent(component, `${at}.component`, bad)
  const restart = oneOf(given.restart, OPTIONS.restart, `${at}.restart`, bad) ?? 'permanent'
  const significant = given.significant ?? false
  if (typeof significant !== 'boolean') bad(`${at}.significant`, `must be true or false, not ${show(significant)}`)
  if (significant === true && restart === 'permanent')
    bad(`${at}.significant`, 'must not be with restart permanent: it never ends')
  if (significant === true && autoShutdown === 'never')
    bad(`${at}.significant`, 'must not be with autoShutdown never: it means nothing')
  const kind = component?.kind ?? 'service'
  return Object.freeze({
    id: String(id),
    component: component as Component,
    restart,
    shutdownMs:
      given.shutdown === 'brutal_kill'
        ? 'brutal_kill'
        : (limit(given.shutdown, `${at}.shutdown`, bad, 'brutal_kill, ') ?? SHUTDOWN_MS[kind]),
    significant,
    startWithinMs:
      limit(given.startWithin, `${at}.startWithin`, bad) ?? (kind === 'supervisor' ? Number.POSITIVE_INFINITY : 30_000),
    health: readHealth(given.health, `${at}.health`, bad),
    heartbeatMs: positive(given.heartbeat, `${at}.heartbeat`, bad),
  })
}

function readComponent(component: unknown, at: string, bad: Report) {
  if (!isObject(component)) return bad(at, `must be a component, not ${show(component)}: service(fn) makes one`)
  if (typeof component['start'] !== 'function') bad(`${at}.start`, `must be a function, not ${show(component['start'])}`)
  if (component['kind'] === undefined) bad(`${at}.kind`, `must be one of ${OPTIONS.kind.join(', ')}`)
  else oneOf(component['kind'], OPTIONS.kind, `${at}.kind`, bad)
}

function readHealth(given: unknown, at: string, bad: Report): CheckedHealth | undefined {
  if (given === undefined) return undefined
  if (!isObject(given) || typeof given['check'] !== 'function')
    return bad(at, `must be { check, every?, within?, misses? } with a function check, not ${show(given)}`) ?? undefined
  unknown(given, ['check', 'every', 'within', 'misses'], `${at}.`, bad)
  const misses = given['misses'] ?? 2
  if (!Number.isInteger(misses) || (misses as number) < 1)
    bad(`${at}.misses`, `must be a whole number, 1 or more, not ${show(misses)}`)
  return Object.freeze({
    by: given as unknown as Health,
    everyMs: positive(given['every'], `${at}.every`, bad) ?? 10_000,
    withinMs: positive(given['within'], `${at}.within`, bad) ?? 5_000,
    misses: misses as number,
  })
}

function readFigures(options: SupervisorOptions, bad: Report): Figures {
  const intensity = options.intensity ?? 3
  if (!Number.isInteger(intensity) || intensity < 0) bad('intensity', `must be a whole number, 0 or more, not ${show(intensity)}`)
  const periodMs = duration(options.period, 'period', bad) ?? 5_000
  if (periodMs === 0) bad('period', 'must be more than 0')
  const given = options.backoff ?? {}
  if (!isObject(given)) bad('backoff', `must be an object, not ${show(given)}`)
  else unknown(given, KNOWN_BACKOFF, 'backoff.', bad)
  const backoff = { ...BACKOFF, ...given }
  for (const name of ['baseMs', 'capMs', 'resetAfterMs'] as const)
    if (durationMs(backoff[name]) !== backoff[name])
      bad(`backoff.${name}`, `must be milliseconds, 0 or more, not ${show(backoff[name])}`)
  if (!(backoff.jitter >= 0 && backoff.jitter <= 1)) bad('backoff.jitter', `must be from 0 to 1, not ${show(backoff.jitter)}`)
  const { baseMs, capMs, jitter } = backoff satisfies Backoff
  return Object.freeze({
    intensity,
    periodMs,
    backoff: Object.freeze({ baseMs, capMs, jitter }),
    resetAfterMs: backoff.resetAfterMs,
    retryEveryMs: readRetryEvery(options, bad),
  })
}

function readRetryEvery({ exhausted }: SupervisorOptions, bad: Report): number | undefined {
  if (exhausted === undefined || exhausted === 'escalate') return undefined
  if (!isObject(exhausted))
    return bad('exhausted', `must be escalate or { retryEvery, meanwhile? }, not ${show(exhausted)}`) ?? undefined
  unknown(exhausted, ['retryEvery', 'meanwhile', 'retriesFirst'], 'exhausted.', bad)
  const retryEveryMs = durationMs(exhausted.retryEvery)
  if (retryEveryMs === undefined || retryEveryMs === 0)
    bad('exhausted.retryEvery', `must be milliseconds or text as '60s', more than 0, not ${show(exhausted.retryEvery)}`)
  return retryEveryMs
}

function readMeanwhile({ exhausted }: SupervisorOptions, bad: Report): Checked['meanwhile'] {
  const meanwhile = typeof exhausted === 'object' && exhausted !== null ? exhausted.meanwhile : undefined
  if (meanwhile === undefined) return undefined
  if (typeof meanwhile === 'function') return meanwhile
  readComponent(meanwhile, 'exhausted.meanwhile', bad)
  return () => meanwhile
}

function limit(value: unknown, at: string, bad: Report, also = ''): number | undefined {
  return value === 'infinity' ? Number.POSITIVE_INFINITY : duration(value, at, bad, `${also}infinity, `)
}

function positive(value: unknown, at: string, bad: Report): number | undefined {
  const ms = duration(value, at, bad)
  if (ms === 0) bad(at, 'must be more than 0')
  return ms
}

function duration(value: unknown, at: string, bad: Report, also = ''): number | undefined {
  if (value === undefined) return undefined
  const ms = durationMs(value)
  if (ms === undefined) bad(at, `must be ${also}milliseconds or text as '5s', not ${show(value)}`)
  return ms
}

function oneOf<T extends string>(value: unknown, words: readonly T[], at: string, bad: Report): T | undefined {
  if (value === undefined || words.includes(value as T)) return value as T | undefined
  bad(at, `must be one of ${words.join(', ')}, not ${show(value)}`)
  return undefined
}

function unknown(given: object, known: readonly string[], at: string, bad: Report) {
  for (const key of Object.keys(given))
    if (!known.includes(key)) bad(`${at}${key}`, `is not known: the options are ${known.join(', ')}`)
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

function show(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value)
  return typeof value === 'object' && value !== null ? 'an object' : typeof value === 'function' ? 'a function' : String(value)
}

function readRetriesFirst({ exhausted }: SupervisorOptions, bad: Report): Checked['retriesFirst'] {
  const retries = typeof exhausted === 'object' && exhausted !== null ? exhausted.retriesFirst : undefined
  if (retries !== undefined && typeof retries !== 'function')
    bad('exhausted.retriesFirst', `must be a function, not ${show(retries)}`)
  return error => {
    try {
      return retries?.(error) === true
    } catch {
      return false
    }
  }
}
