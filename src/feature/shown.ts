// What visitors may know of a feature: its mode, since when, and why in a plain sentence. An operator's reason is told as it was written;
// of a need only its name is told, never a driver's error, a machine's address or a person.
import type { Cause, Mode, Reading, ShownCause, ShownFeature } from '../core/index.ts'

export function shownFeature({ state, since, causes, backAt }: Reading): ShownFeature {
  const shown: ShownCause[] = []
  for (const cause of causes) {
    const one = shownCause(cause, state as Mode)
    if (!shown.some(other => other.says === one.says)) shown.push(one)
  }
  return { mode: state as Mode, since, causes: shown, ...(backAt === undefined ? {} : { backAt }) }
}

function shownCause({ code, says, since, until, by, from }: Cause, mode: Mode): ShownCause {
  const ends = until === undefined ? {} : { until }
  if (by !== undefined || code === 'SELFHEAL_FEATURE_HELD') return { code, says, since, ...ends }
  const what = from === undefined ? 'something it needs' : `the ${from.replaceAll('-', ' ')}`
  return {
    code,
    says: mode === 'readonly' ? `${what} can’t be written just now` : `${what} can’t be reached just now`,
    since,
    ...ends,
  }
}
