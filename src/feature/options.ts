// What a feature is made of, and the check of it: every fault at once.
import { type Clock, ConfigError, type Duration, durationMs, type Events, type Fault, type Need } from '../core/index.ts'
import type { Overrides } from './overrides.ts'
import type { Hysteresis } from './rule.ts'

/** A need, or a dependency (its own need is its member `heal`). */
export type Needed = Need | { readonly heal: Need }

export interface FeatureOptions {
  /** All of these; `any(…)` and `atLeast(k, …)` make one of several, and another feature is a need too. */
  readonly needs: readonly Needed[]
  /** What it is when a need is gone altogether. Default `off`. */
  readonly otherwise?: 'readonly' | 'off'
  /** It changes nothing, so being read-only takes nothing from it. Default false. */
  readonly onlyReads?: boolean
  /** How it comes back. */
  readonly back?: {
    /** Good looks in a row. Default 2, at least 1. */
    readonly after?: number
    /** Between two looks. Default `'500ms'`, at least 10 ms. */
    readonly every?: Duration
    /** A real write, tried at each look; false or a rejection is a bad look. Default: the needs' readings alone. */
    readonly probe?: () => Promise<unknown>
    /** A probe that takes longer is a bad look. Default `'2s'`. */
    readonly within?: Duration
    /** Most returns in `in`; then it waits, and says so. Default 6 in `'2m'`. */
    readonly most?: number
    readonly in?: Duration
  }
  readonly clock?: Clock
  readonly events?: Events
  /** Its path as a part. Default `features/<name>`. */
  readonly path?: string
  readonly overrides?: Overrides
  /** The whole app: a feature is never more than this. */
  readonly whole?: Need
}

export interface Settled {
  readonly needs: readonly Need[]
  readonly otherwise: 'readonly' | 'off'
  readonly onlyReads: boolean
  readonly hysteresis: Hysteresis
  readonly probe: (() => Promise<unknown>) | undefined
  readonly withinMs: number
}

const KNOWN = ['needs', 'otherwise', 'onlyReads', 'back', 'clock', 'events', 'path', 'overrides', 'whole']
const KNOWN_BACK = ['after', 'every', 'probe', 'within', 'most', 'in']
const NAME = /^[a-z][a-z0-9-]{0,59}$/i

/** Throws ConfigError. */
export function settle(name: string, options: FeatureOptions): Settled {
  const faults: Fault[] = []
  const say = (at: string, says: string) => void faults.push({ at, says })
  if (typeof name !== 'string' || !NAME.test(name))
    say('name', `is ${JSON.stringify(name)}: letters, digits and dashes, 60 at most, the first a letter`)
  for (const key of Object.keys(options)) if (!KNOWN.includes(key)) say(key, `is unknown; there are ${KNOWN.join(', ')}`)
  const { back = {}, otherwise = 'off', onlyReads = false } = options
  for (const key of Object.keys(back))
    if (!KNOWN_BACK.includes(key)) say(`back.${key}`, `is unknown; there are ${KNOWN_BACK.join(', ')}`)
  if (otherwise !== 'off' && otherwise !== 'readonly') say('otherwise', "must be 'off' or 'readonly'")
  if (typeof onlyReads !== 'boolean') say('onlyReads', 'must be true or false')
  const duration = (at: string, value: unknown, least: number) => {
    const ms = durationMs(value)
    if (ms === undefined || ms < least) say(at, `is ${JSON.stringify(value)}: a duration like '500ms', at least ${least} ms`)
    return ms ?? least
  }
  const count = (at: string, value: number) => {
    if (!Number.isInteger(value) || value < 1) say(at, `is ${value}: a whole number, at least 1`)
    return value
  }
  const needs: Need[] = []
  for (const [i, needed] of (Array.isArray(options.needs) ? options.needs : []).entries()) {
    const need = needOf(needed)
    if (need === undefined)
      say(`needs[${i}]`, 'is no need: it should be a dependency, db.heal.writable, a failover, or another feature')
    else needs.push(need)
  }
  if (!Array.isArray(options.needs)) say('needs', 'must be a list of needs (it may be empty)')
  if (back.probe !== undefined && typeof back.probe !== 'function') say('back.probe', 'must be a function')
  const hysteresis = {
    looks: count('back.after', back.after ?? 2),
    everyMs: duration('back.every', back.every ?? '500ms', 10),
    most: count('back.most', back.most ?? 6),
    inMs: duration('back.in', back.in ?? '2m', 0),
  }
  const withinMs = duration('back.within', back.within ?? '2s', 1)
  if (faults.length > 0) throw new ConfigError(`feature ${String(name)}`, faults)
  return Object.freeze({ needs, otherwise, onlyReads, hysteresis, probe: back.probe, withinMs })
}

function needOf(needed: Needed): Need | undefined {
  const one = needed as Partial<Need> & { heal?: Partial<Need> }
  if (typeof one?.heal?.reading === 'function') return one.heal as Need
  return typeof one?.reading === 'function' && typeof one.watch === 'function' ? (one as Need) : undefined
}
