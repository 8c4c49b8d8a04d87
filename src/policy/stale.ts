// stale(): remembers good answers by key, and gives the last one when the call has failed, up to an age. Flagged: ageOf(promise) says how old
// it is, and `mark` may say so in the answer itself. Bounded in number; the longest unused is forgotten first.
import { type Clock, type Duration, type Judge, systemClock } from '../core/index.ts'
import type { Call, Shape } from './call.ts'
import { blameOf, handed } from './fallback.ts'
import { type Named, newEngine, policyOf, readNamed, SURROUNDINGS } from './policy.ts'
import { Reader } from './read-options.ts'
import type { Answer } from './retry.ts'

export interface StaleOptions {
  /** An answer older than this is not given. Default 5 min. */
  readonly maxAge?: Duration
  /** How many answers are remembered. Default 1000. */
  readonly maxKeys?: number
  /** Puts the flag into the answer. Default: as it was; ageOf() tells. */
  readonly mark?: (value: unknown, ageMs: number) => unknown
}
export const STALE_OPTIONS = ['maxAge', 'maxKeys', 'mark']

export class StaleCore {
  maxAgeMs: number
  maxKeys: number
  served = 0
  readonly mark: StaleOptions['mark']
  readonly #kept = new Map<string, { readonly value: unknown; readonly at: number }>()

  constructor(given: StaleOptions, at: string, read: Reader) {
    const path = (name: string) => (at === '' ? name : `${at}.${name}`)
    this.maxAgeMs = read.duration(given.maxAge, path('maxAge'), 300_000)
    this.maxKeys = read.count(given.maxKeys, path('maxKeys'), 1_000)
    this.mark = read.fn(given.mark, path('mark'))
  }

  get size(): number {
    return this.#kept.size
  }

  async around(
    next: () => Promise<unknown>,
    { key, judge, clock }: { readonly key: string; readonly judge: Judge | undefined; readonly clock: Clock },
    flag: (ageMs: number) => void,
  ): Promise<unknown> {
    let answer: Answer
    try {
      answer = { value: await next() }
    } catch (error) {
      answer = { error }
    }
    const blame = blameOf(judge, answer)
    if (!('error' in answer) && blame === 'none') {
      this.#kept.delete(key)
      this.#kept.set(key, { value: answer.value, at: clock.now() })
      if (this.#kept.size > this.maxKeys) this.#kept.delete(this.#kept.keys().next().value!)
      return answer.value
    }
    const kept = this.#kept.get(key)
    const ageMs = kept === undefined ? Number.POSITIVE_INFINITY : clock.now() - kept.at
    if (ageMs > this.maxAgeMs) this.#kept.delete(key)
    if (kept === undefined || ageMs > this.maxAgeMs || blame === 'caller') return handed(answer)
    this.served++
    flag(ageMs)
    return this.mark === undefined ? kept.value : this.mark(kept.value, ageMs)
  }
}

const ages = new WeakMap<Promise<unknown>, number>()

/** How old the answer of this call is, in milliseconds, when it is an old one: ask with the very promise that run() returned. */
export function ageOf(promise: Promise<unknown>): number | undefined {
  return ages.get(promise)
}

export function flagAge(promise: Promise<unknown>, ageMs: number): void {
  ages.set(promise, ageMs)
}

export function stale(options: StaleOptions & Named = {}): Shape {
  const read = new Reader()
  const given = read.object(options, '', [...SURROUNDINGS, ...STALE_OPTIONS]) as StaleOptions & Named
  const name = readNamed(given as Readonly<Record<string, unknown>>, 'stale', read)
  const core = new StaleCore(given, '', read)
  read.done(name)
  const { clock = systemClock } = given
  return Object.freeze({
    ...policyOf(newEngine(name, given, { shapes: { stale: core } })),
    around: <T>(next: (attempt: number) => Promise<T>, call: Call, judge: Judge) =>
      core.around(
        () => next(1),
        { key: call.key, judge, clock },
        () => {},
      ) as Promise<T>,
  } satisfies Shape)
}
