// fallback(): another answer when the call has failed, labelled as such by ageOf() and the counters. Never for what the caller did wrong or
// gave up; and when the fallback fails too, the first error stands.
import { type Duration, type Judge, type Judgement, systemClock } from '../core/index.ts'
import type { Call, Shape } from './call.ts'
import { judgeError, judgeValue } from './judge.ts'
import { type Named, newEngine, policyOf, readNamed, SURROUNDINGS } from './policy.ts'
import { Reader } from './read-options.ts'
import type { Answer } from './retry.ts'
import { waited } from './waited.ts'
import type { wheelOf } from './wheel.ts'

export interface FallbackOptions {
  /** The other answer. It sees the error (or the bad value, as a Response with status 503), and the key. */
  readonly to: (error: unknown, call: Pick<Call, 'key'>) => unknown
  /** It may take so long, also after the deadline. Default 1 s. */
  readonly within?: Duration
}
export const FALLBACK_OPTIONS = ['to', 'within']

export interface FallbackFigures {
  readonly to: FallbackOptions['to']
  readonly withinMs: number
}

export function readFallback(given: FallbackOptions, at: string, read: Reader): FallbackFigures {
  const path = (name: string) => (at === '' ? name : `${at}.${name}`)
  if (typeof given.to !== 'function') read.bad(path('to'), 'must be a function: (error) => the other answer')
  return Object.freeze({ to: given.to, withinMs: read.duration(given.within, path('within'), 1_000) })
}

export async function fallBack(
  f: FallbackFigures,
  next: () => Promise<unknown>,
  {
    key,
    judge,
    clock,
  }: { readonly key: string; readonly judge: Judge | undefined; readonly clock: Parameters<typeof wheelOf>[0] },
  used: () => void,
): Promise<unknown> {
  let answer: Answer
  try {
    answer = { value: await next() }
  } catch (error) {
    answer = { error }
  }
  const blame = blameOf(judge, answer)
  if (blame === 'caller' || (!('error' in answer) && blame !== 'them')) return handed(answer)
  try {
    const other = await waited(() => f.to('error' in answer ? answer.error : answer.value, { key }), f.withinMs, clock)
    used()
    return other
  } catch {
    return handed(answer)
  }
}

/** As it came. */
export function handed(answer: Answer): unknown {
  if ('error' in answer) throw answer.error
  return answer.value
}

/** Whose fault an answer is; a value can be one too, as a Response with status 503. */
export function blameOf(judge: Judge | undefined, answer: Answer): Judgement['blame'] {
  try {
    if (judge !== undefined) return judge(answer).blame
    return 'error' in answer ? judgeError(answer.error).blame : judgeValue(answer.value).blame
  } catch {
    return 'error' in answer ? 'them' : 'none'
  }
}

export function fallback(options: FallbackOptions & Named): Shape {
  const read = new Reader()
  const given = read.object(options, '', [...SURROUNDINGS, ...FALLBACK_OPTIONS]) as unknown as FallbackOptions & Named
  const name = readNamed(given as unknown as Readonly<Record<string, unknown>>, 'fallback', read)
  const figures = readFallback(given, '', read)
  read.done(name)
  const { clock = systemClock } = given
  return Object.freeze({
    ...policyOf(newEngine(name, given, { shapes: { fallback: figures } })),
    around: <T>(next: (attempt: number) => Promise<T>, call: Call, judge: Judge) =>
      fallBack(
        figures,
        () => next(1),
        { key: call.key, judge, clock },
        () => {},
      ) as Promise<T>,
  } satisfies Shape)
}
