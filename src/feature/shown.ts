// What visitors may know of a feature: its mode, since when, and why in words that are meant for them. An operator's reason is told as it
// was written; of a need only its name is told, never a driver's error, a machine's address or a person.
import type { Cause, Mode, Reading, ShownCause, ShownFeature } from '../core/index.ts'

export function shownFeature({ state, since, causes, backAt }: Reading, otherwise?: 'readonly' | 'off'): ShownFeature {
  const shown: ShownCause[] = []
  for (const cause of causes) {
    const one = shownCause(cause)
    if (!shown.some(other => other.says === one.says)) shown.push(one)
  }
  return {
    mode: state as Mode,
    since,
    causes: shown,
    ...(otherwise === undefined ? {} : { otherwise }),
    ...(backAt === undefined ? {} : { backAt }),
  }
}

function shownCause({ code, shown = 'something it needs is not there just now', since, until }: Cause): ShownCause {
  return { code, says: shown, since, ...(until === undefined ? {} : { until }) }
}
