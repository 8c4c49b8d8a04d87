// Reads options once, at the border: every fault with its place, for one ConfigError. What comes out is numbers.
import { ConfigError, durationMs, type Fault } from '../core/index.ts'

export class Reader {
  readonly faults: Fault[] = []

  bad(at: string, says: string): undefined {
    this.faults.push({ at, says })
    return undefined
  }

  /** Throws one ConfigError, if there is any fault. */
  done(what: string): void {
    if (this.faults.length > 0) throw new ConfigError(what, this.faults)
  }

  object(value: unknown, at: string, known: readonly string[]): Readonly<Record<string, unknown>> {
    if (value === undefined) return {}
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      this.bad(at === '' ? 'options' : at, `must be an object, not ${show(value)}`)
      return {}
    }
    for (const name of Object.keys(value))
      if (!known.includes(name)) this.bad(join(at, name), `is not known: the options are ${known.join(', ')}`)
    return value as Record<string, unknown>
  }

  duration(value: unknown, at: string, byDefault: number, { least = 0 }: { readonly least?: number } = {}): number {
    if (value === undefined) return byDefault
    const ms = value === Number.POSITIVE_INFINITY || value === 'infinity' ? Number.POSITIVE_INFINITY : durationMs(value)
    if (ms !== undefined && ms >= least) return ms
    this.bad(at, `must be milliseconds or text as '5s'${least > 0 ? `, ${least} ms or more` : ''}, not ${show(value)}`)
    return byDefault
  }

  count(value: unknown, at: string, byDefault: number, { least = 1, most = Number.MAX_SAFE_INTEGER } = {}): number {
    if (value === undefined) return byDefault
    if (typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most) return value
    const upTo = most === Number.MAX_SAFE_INTEGER ? `${least} or more` : `from ${least} to ${most}`
    this.bad(at, `must be a whole number, ${upTo}, not ${show(value)}`)
    return byDefault
  }

  /** From 0 to 1. */
  share(value: unknown, at: string, byDefault: number, { least = 0, most = 1 } = {}): number {
    if (value === undefined) return byDefault
    if (typeof value === 'number' && value >= least && value <= most) return value
    this.bad(at, `must be a share from ${least} to ${most}, not ${show(value)}`)
    return byDefault
  }

  text(value: unknown, at: string, byDefault: string): string {
    if (value === undefined) return byDefault
    if (typeof value === 'string' && value !== '') return value
    this.bad(at, `must be a text that is not empty, not ${show(value)}`)
    return byDefault
  }

  oneOf<T extends string>(value: unknown, at: string, words: readonly T[], byDefault: T): T {
    if (value === undefined) return byDefault
    if (words.includes(value as T)) return value as T
    this.bad(at, `must be one of ${words.join(', ')}, not ${show(value)}`)
    return byDefault
  }

  fn<F>(value: unknown, at: string): F | undefined {
    if (value === undefined || typeof value === 'function') return value as F | undefined
    return this.bad(at, `must be a function, not ${show(value)}`)
  }
}

export function show(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value)
  return typeof value === 'object' && value !== null ? 'an object' : typeof value === 'function' ? 'a function' : String(value)
}

const join = (at: string, name: string) => (at === '' ? name : `${at}.${name}`)
