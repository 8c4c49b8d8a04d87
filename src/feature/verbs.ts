// What an operator can do with a feature: off, read-only, and back to what its needs allow. Kept where overrides are kept, told as an event.
import type { Clock, Events, Json, Verb, Who } from '../core/index.ts'
import './events.ts'
import type { Overrides } from './overrides.ts'

export interface Operated {
  readonly name: string
  readonly path: string
  readonly overrides: Overrides
  readonly events: Events
  readonly clock: Clock
}

export function operatorVerbs(operated: Operated): Readonly<Record<'off' | 'readonly' | 'on', Verb>> {
  return Object.freeze({
    off: async (_args, who) => setOverride(operated, 'off', who),
    readonly: async (_args, who) => setOverride(operated, 'readonly', who),
    on: async (_args, who) => setOverride(operated, 'on', who),
  })
}

/** `on` ends the operator's own mode: more than its needs allow no operator can give. */
export function setOverride({ name, path, overrides, events, clock }: Operated, mode: 'on' | 'readonly' | 'off', who: Who): Json {
  const { by, why, until } = who
  const ends = until === undefined ? {} : { until }
  overrides.set(name, mode === 'on' ? undefined : { mode, by, why, since: clock.wall(), ...ends })
  events.emit('feature.overridden', path, { feature: name, mode, by, why, ...ends })
  return { feature: name, mode, by, why, ...ends }
}
