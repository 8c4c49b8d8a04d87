// The words and numbers that options are made of, read with a report of what is wrong and where.
import { durationMs } from '../core/index.ts'

export type Report = (at: string, says: string) => void

export function limit(value: unknown, at: string, bad: Report, also = ''): number | undefined {
  return value === 'infinity' ? Number.POSITIVE_INFINITY : duration(value, at, bad, `${also}infinity, `)
}

export function positive(value: unknown, at: string, bad: Report): number | undefined {
  const ms = duration(value, at, bad)
  if (ms === 0) bad(at, 'must be more than 0')
  return ms
}

export function duration(value: unknown, at: string, bad: Report, also = ''): number | undefined {
  if (value === undefined) return undefined
  const ms = durationMs(value)
  if (ms === undefined) bad(at, `must be ${also}milliseconds or text as '5s', not ${show(value)}`)
  return ms
}

export function oneOf<T extends string>(value: unknown, words: readonly T[], at: string, bad: Report): T | undefined {
  if (value === undefined || words.includes(value as T)) return value as T | undefined
  bad(at, `must be one of ${words.join(', ')}, not ${show(value)}`)
  return undefined
}

export function unknown(given: object, known: readonly string[], at: string, bad: Report) {
  for (const key of Object.keys(given))
    if (!known.includes(key)) bad(`${at}${key}`, `is not known: the options are ${known.join(', ')}`)
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

export function show(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value)
  return typeof value === 'object' && value !== null ? 'an object' : typeof value === 'function' ? 'a function' : String(value)
}
