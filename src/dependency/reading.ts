// From the rule's state, and an operator's wish, to what others read: usable, causes, since when, back when. Pure.
import type { Cause, EventId, Reading, Usable } from '../core/index.ts'
import { usableRank } from '../core/index.ts'
import { FIGURES, type Is, type State } from './rule.ts'

export interface Operator {
  readonly mode: 'off' | 'readonly'
  readonly by: string
  readonly why: string
  /** Wall milliseconds. */
  readonly since: number
  readonly until?: number
}

const USABLE: Readonly<Record<Is, Usable>> = { unknown: 'full', up: 'full', slow: 'full', readonly: 'read', down: 'none' }

export interface About {
  readonly name: string
  /** What is added to a monotonic time to make a wall time. */
  readonly wallOffset: number
  readonly event: EventId | undefined
}

export function readingOf(state: State, operator: Operator | undefined, { name, wallOffset, event }: About): Reading {
  const since = Math.round(state.since + wallOffset)
  const causes: Cause[] = []
  if (state.is !== 'up' && state.is !== 'unknown' && operator?.mode !== 'off')
    causes.push({
      code: `SELFHEAL_DEPENDENCY_${state.is.toUpperCase()}`,
      says: SAYS[state.is](name, state.why),
      since,
      from: name,
      ...(event === undefined ? {} : { event }),
    })
  if (operator !== undefined)
    causes.push({
      code: 'SELFHEAL_DEPENDENCY_HELD',
      says: `${operator.by} ${operator.mode === 'off' ? `turned ${name} off` : `made ${name} read-only`}: ${operator.why}`,
      since: operator.since,
      by: operator.by,
      from: name,
      ...(operator.until === undefined ? {} : { until: operator.until }),
    })
  const asked: Usable = operator === undefined ? 'full' : operator.mode === 'off' ? 'none' : 'read'
  const own = USABLE[state.is]
  const usable = usableRank(asked) < usableRank(own) ? asked : own
  const held = operator?.mode === 'off'
  const backAt = held ? operator.until : state.is === 'down' ? Math.round(earliestBack(state) + wallOffset) : undefined
  return {
    usable,
    state: held ? 'off' : operator?.mode === 'readonly' && usable === 'read' ? 'readonly' : state.is,
    causes,
    since: operator === undefined ? since : Math.max(since, operator.since),
    ...(backAt === undefined ? {} : { backAt }),
  }
}

/** When one that is down can be back, if all goes well: the probes that must pass, one after another. */
const earliestBack = ({ probeAt, needed, passes }: State): number => probeAt + (needed - passes - 1) * FIGURES.downMs

/** undefined: it is not down, or an operator holds it off. */
export const earliestBackIn = (state: State, operator: Operator | undefined, now: number): number | undefined =>
  state.is !== 'down' || operator?.mode === 'off' ? undefined : earliestBack(state) - now

const SAYS: Readonly<Record<Exclude<Is, 'up' | 'unknown'>, (name: string, why: string) => string>> = {
  down: (name, why) => `${name} does not answer: ${why}`,
  slow: (name, why) => `${name} is slow: ${why}`,
  readonly: (name, why) => `${name} can be read only: ${why}`,
}
