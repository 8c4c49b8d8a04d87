// What a flag says of a feature, for OpenFeature: its mode as a boolean (is it on?), as text, or whole; reason DEGRADED with the cause
// when it is not on. Pure, and the same on the server and in pages.
import type { ShownFeature } from '../core/index.ts'

export interface Evaluated<T> {
  readonly value: T
  readonly reason: string
  readonly variant?: string
  readonly errorCode?: 'FLAG_NOT_FOUND' | 'TYPE_MISMATCH'
  readonly errorMessage?: string
  readonly flagMetadata?: Readonly<Record<string, string | number | boolean>>
}

/** `feature` undefined: no such feature, so that the next provider may know it. */
export function evaluate<T>(
  feature: ShownFeature | undefined,
  fallback: T,
  as: 'boolean' | 'string' | 'number' | 'object',
): Evaluated<T> {
  if (feature === undefined)
    return { value: fallback, reason: 'ERROR', errorCode: 'FLAG_NOT_FOUND', errorMessage: 'no such feature' }
  const { mode, causes, since, backAt } = feature
  if (as === 'number')
    return {
      value: fallback,
      reason: 'ERROR',
      errorCode: 'TYPE_MISMATCH',
      errorMessage: 'a feature is no number: ask boolean or string',
    }
  const value = as === 'boolean' ? mode === 'on' : as === 'string' ? mode : { ...feature }
  const known = { value: value as T, variant: mode }
  if (mode === 'on') return { ...known, reason: 'STATIC' }
  const cause = causes.map(one => one.says).join('; ')
  return { ...known, reason: 'DEGRADED', flagMetadata: { cause, since, ...(backAt === undefined ? {} : { backAt }) } }
}

/** Names of the features whose mode differs. */
export function changedFlags(
  before: Readonly<Record<string, ShownFeature>>,
  now: Readonly<Record<string, ShownFeature>>,
): string[] {
  return Object.keys({ ...before, ...now }).filter(name => before[name]?.mode !== now[name]?.mode)
}
