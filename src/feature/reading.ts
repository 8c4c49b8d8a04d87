// What a feature reads as just now: the lowest of what its needs allow (with hysteresis), what an operator set, and the whole app; with
// everyone's causes. Pure.
import type { Cause, Mode, Need, Reading, Usable } from '../core/index.ts'
import { formatMs } from '../core/index.ts'
import type { Override } from './overrides.ts'
import { type FeatureState, type Hysteresis, lower } from './rule.ts'

/** Something that lowers it by itself, at once and without hysteresis. */
export interface Bound {
  readonly mode: Mode
  readonly causes: readonly Cause[]
  readonly backAt?: number
}

export const USABLE: Readonly<Record<Mode, Usable>> = { on: 'full', readonly: 'read', off: 'none' }

/** What needs of this reading allow. */
export function allowedBy(usable: Usable, how: { readonly otherwise: 'readonly' | 'off'; readonly onlyReads: boolean }): Mode {
  if (usable === 'full' || (usable === 'read' && how.onlyReads)) return 'on'
  return usable === 'read' ? 'readonly' : how.otherwise
}

/** Causes of the needs that are below full; a need that tells none is named. For visitors a need's name is all there is. */
export function causesOf(needs: readonly Need[]): readonly Cause[] {
  return needs.flatMap(need => {
    const { usable, causes, since, state } = need.reading()
    if (usable === 'full') return []
    const name = need.name.replaceAll('-', ' ')
    const shown = `the ${name} can’t be ${usable === 'read' ? 'written' : 'reached'} just now`
    if (causes.length > 0) return causes.map(cause => ({ from: need.name, shown, ...cause }))
    const says = usable === 'read' ? `${name} can be read, but not written (${state})` : `${name} is not there (${state})`
    return [{ code: 'SELFHEAL_NEED_DOWN', says, shown, since, from: need.name }]
  })
}

export function operatorBound(override: Override | undefined, onlyReads: boolean, wall: number): Bound | undefined {
  if (override === undefined || (override.until !== undefined && override.until <= wall)) return undefined
  if (override.mode === 'readonly' && onlyReads) return undefined
  const { mode, by, why: says, since, until } = override
  const cause = { code: 'SELFHEAL_OPERATOR', says, shown: says, since, by, ...(until === undefined ? {} : { until }) }
  return { mode, causes: [cause], ...(until === undefined ? {} : { backAt: until }) }
}

export function wholeBound(whole: Need | undefined, onlyReads: boolean): Bound | undefined {
  if (whole === undefined) return undefined
  const { usable, causes, backAt } = whole.reading()
  if (usable === 'full' || (usable === 'read' && onlyReads)) return undefined
  return { mode: usable === 'read' ? 'readonly' : 'off', causes, ...(backAt === undefined ? {} : { backAt }) }
}

export interface Now {
  readonly now: number
  readonly wall: number
}

/** What the needs make of it: its own bound, like the others. `causes` are the last that were known: on the way back the needs tell none. */
export function needsBound(
  state: FeatureState,
  causes: readonly Cause[],
  backAt: number | undefined,
  { looks, everyMs, most, inMs }: Hysteresis,
  { now, wall }: Now,
): Bound | undefined {
  if (state.mode === 'on') return undefined
  if (state.lookAt === undefined) return { mode: state.mode, causes, ...(backAt === undefined ? {} : { backAt }) }
  const back = wall + Math.max(0, state.lookAt - now) + Math.max(0, looks - state.good - 1) * everyMs
  if (!state.held) return { mode: state.mode, causes, backAt: back }
  const says = `It came and went ${most} times within ${formatMs(inMs)}, so it stays as it is until it has been quiet for a while`
  const held = { code: 'SELFHEAL_FEATURE_HELD', says, shown: says, since: wall }
  return { mode: state.mode, causes: [...causes, held], backAt: back }
}

/** The lowest of all bounds, with the causes of all. `backAt` only when every bound knows its own. */
export function joined(bounds: readonly (Bound | undefined)[]): Omit<Reading, 'since'> & { readonly mode: Mode } {
  const held = bounds.filter(bound => bound !== undefined)
  const mode = held.reduce<Mode>((m, bound) => lower(m, bound.mode), 'on')
  const causes: Cause[] = []
  for (const cause of held.flatMap(bound => bound.causes))
    if (!causes.some(one => one.code === cause.code && one.says === cause.says && one.by === cause.by)) causes.push(cause)
  const ends = held.map(bound => bound.backAt)
  const backAt = ends.length > 0 && ends.every(end => end !== undefined) ? Math.max(...ends) : undefined
  return { mode, usable: USABLE[mode], state: mode, causes, ...(backAt === undefined ? {} : { backAt }) }
}
