// Reads options and specs once, at the border: every fault with its place in one ConfigError, before anything runs. What comes out is
// numbers and no undefined.
import { type Backoff, ConfigError, durationMs, type Fault } from '../core/index.ts'
import { type CheckedSpec, readComponent, readSpec } from './check-spec.ts'
import { duration, isObject, oneOf, type Report, show, unknown } from './check-words.ts'
import type { Component } from './component.ts'
import { byNeeds } from './needs.ts'
import type { Figures } from './rule.ts'
import type { Strategy, SupervisorOptions } from './spec.ts'

export interface Checked {
  readonly strategy: Strategy
  readonly children: readonly CheckedSpec[]
  readonly figures: Figures
  readonly maxChildren: number
  readonly budget: 'supervisor' | 'child'
  readonly autoShutdown: 'never' | 'any_significant' | 'all_significant'
  readonly meanwhile: ((id: string) => Component | undefined) | undefined
  readonly retriesFirst: (error: unknown) => boolean
}

const OPTIONS = {
  strategy: ['one_for_one', 'one_for_all', 'rest_for_one', 'dynamic'],
  budget: ['supervisor', 'child'],
  autoShutdown: ['never', 'any_significant', 'all_significant'],
} as const
const KNOWN_OPTIONS =
  'strategy maxChildren children intensity period budget autoShutdown exhausted backoff clock events random'.split(' ')
const KNOWN_BACKOFF = 'baseMs capMs jitter resetAfterMs'.split(' ')
const BACKOFF = { baseMs: 100, capMs: 30_000, jitter: 0.5, resetAfterMs: 60_000 }

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
  children.forEach((spec, i) => {
    for (const need of spec.needs)
      if (!ids.has(need)) bad(`children[${i}].needs`, `names ${show(need)}, which is no sibling of it`)
  })
  const sorted = byNeeds(children)
  if ('circle' in sorted)
    bad(`children[${ids.get(sorted.circle[0]!)}].needs`, `must not go round in a circle: ${sorted.circle.join(' → ')}`)
  const maxChildren = readMaxChildren(options, strategy, bad)
  const checked = Object.freeze({
    strategy,
    maxChildren,
    children: Object.freeze('order' in sorted ? sorted.order : children),
    figures: readFigures(options, bad),
    budget: oneOf(options.budget, OPTIONS.budget, 'budget', bad) ?? 'supervisor',
    autoShutdown,
    meanwhile: readMeanwhile(options, bad),
    retriesFirst: readRetriesFirst(options, bad),
  })
  if (faults.length > 0) throw new ConfigError(what, faults)
  return checked
}

function readMaxChildren({ maxChildren }: SupervisorOptions, strategy: Strategy, bad: Report): number {
  if (maxChildren === undefined) return Number.POSITIVE_INFINITY
  if (strategy !== 'dynamic') bad('maxChildren', 'must be only with dynamic')
  if (!(Number.isInteger(maxChildren) && maxChildren > 0))
    bad('maxChildren', `must be a whole number, 1 or more, not ${show(maxChildren)}`)
  return maxChildren
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
