// Operators' overrides as a part of the supervisor's: it is there also while the app is down, and what it writes every process of the
// system sees.
import { type Events, type Json, type Part, SelfhealError, systemClock, type Who } from '../core/index.ts'
import { type Overrides, setOverride } from '../feature/index.ts'
import type { Taken } from './overrides-told.ts'

const MODES = ['on', 'readonly', 'off'] as const

/** `tell`: has the running programs take what is set. `everywhere`: how a mode is set for all machines of a fleet. */
export function overridesPart(
  name: string,
  overrides: Overrides,
  events: Events,
  tell: () => Promise<Taken>,
  everywhere?: (feature: string, mode: (typeof MODES)[number], who: Who) => Promise<Json>,
): Part {
  const path = `${name}/overrides`
  return {
    path,
    kind: 'overrides',
    snapshot: () => overrides.all() as unknown as Json,
    verbs: {
      set: async (args: Json, who: Who) => {
        const { feature, mode } = (args ?? {}) as { feature?: unknown; mode?: unknown }
        const known = MODES.find(one => one === mode)
        if (typeof feature !== 'string' || feature === '' || known === undefined)
          throw new SelfhealError(
            'SELFHEAL_USAGE',
            `A feature can't be made ${JSON.stringify(mode)}`,
            `Give { feature, mode }, mode one of ${MODES.join(', ')}.`,
          )
        const set =
          everywhere === undefined
            ? setOverride({ name: feature, path, overrides, events, clock: systemClock }, known, who)
            : await everywhere(feature, known, who)
        return { ...(set as object), programs: { ...(await tell()) } }
      },
    },
  }
}
