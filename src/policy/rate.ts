// rate(): a gate that lets so many calls begin in a stretch of time, by a bucket of tokens per key; who comes too often is refused, with
// when to come back. For a provider's quota, beside a limit or instead of it.
import { type Clock, type Duration, systemClock } from '../core/index.ts'
import type { Attempt, Gate } from './call.ts'
import { Keyed } from './keyed.ts'
import { type Named, newEngine, policyOf, rates, readNamed, SURROUNDINGS } from './policy.ts'
import { Reader } from './read-options.ts'
import { REFUSALS, refusal } from './refusal.ts'

export interface RateOptions {
  /** How many calls may begin … */
  readonly max: number
  /** … in this time. Default 1 s. */
  readonly per?: Duration
  /** How many may begin at once after a quiet time. Default: max. */
  readonly burst?: number
  /** How many keys are remembered. Default 1000. */
  readonly maxKeys?: number
}
export const RATE_OPTIONS = ['max', 'per', 'burst', 'maxKeys']

export interface RateFigures {
  readonly perMs: number
  readonly burst: number
}

interface Bucket {
  readonly key: string
  tokens: number
  at: number
}

export class RateCore {
  readonly name: string
  readonly cells: Keyed<Bucket>
  figures: RateFigures
  refused = 0

  constructor(name: string, key: string, figures: RateFigures, maxKeys: number, clock: Clock) {
    this.name = name
    this.figures = figures
    this.cells = new Keyed<Bucket>({
      first: key,
      max: maxKeys,
      make: k => ({ key: k, tokens: this.figures.burst, at: clock.now() }),
      mayGo: cell => tokensAt(cell, this.figures, clock.now()) >= this.figures.burst - 1e-9,
    })
  }

  /** 0: taken. Else milliseconds until one may be. */
  take(key: string, now: number): number {
    const cell = this.cells.of(key)
    cell.tokens = tokensAt(cell, this.figures, now)
    cell.at = Math.max(cell.at, now)
    // A hair's breadth for sums of fractions.
    if (cell.tokens >= 1 - 1e-9) {
      cell.tokens = Math.max(0, cell.tokens - 1)
      return 0
    }
    this.refused++
    return Math.max(1, Math.round((1 - cell.tokens) * this.figures.perMs))
  }
}

function tokensAt({ tokens, at }: Bucket, { burst, perMs }: RateFigures, now: number): number {
  return Math.min(burst, tokens + Math.max(0, now - at) / perMs)
}

export function readRate(given: RateOptions, at: string, read: Reader): RateFigures {
  const path = (name: string) => (at === '' ? name : `${at}.${name}`)
  if (given.max === undefined) read.bad(path('max'), 'must be said: how many calls may begin')
  const max = read.count(given.max, path('max'), 1)
  return Object.freeze({
    perMs: read.duration(given.per, path('per'), 1_000, { least: 1 }) / max,
    burst: read.count(given.burst, path('burst'), max),
  })
}

export interface Rate extends Gate {
  /** Tokens a key has left. */
  left(key?: string): number
}

export function rate(options: RateOptions & Named): Rate {
  const read = new Reader()
  const given = read.object(options, '', [...SURROUNDINGS, ...RATE_OPTIONS]) as unknown as RateOptions & Named
  const name = readNamed(given as unknown as Readonly<Record<string, unknown>>, 'rate', read)
  const { clock = systemClock } = given
  const figures = readRate(given, '', read)
  const maxKeys = read.count(given.maxKeys, 'maxKeys', 1_000)
  read.done(name)
  const core = new RateCore(name, given.key ?? name, figures, maxKeys, clock)
  const gate: Rate = Object.freeze({
    ...policyOf(newEngine(name, given, { rate: core })),
    enter(call: Attempt): number {
      const key = given.key ?? call.key
      const waitMs = core.take(key, clock.now())
      if (waitMs > 0) throw refusal(REFUSALS.rate, name, key, waitMs, call.remaining())
      return 0
    },
    answered() {},
    left: (key = given.key ?? name) => Math.floor(tokensAt(core.cells.of(key), core.figures, clock.now())),
  } satisfies Rate)
  rates.set(gate, core)
  return gate
}
