// Which level ends another that has no end of its own. Pure.
import type { Setting } from '../core/index.ts'

/** Another level bounds these just as well. */
const COVERED: Readonly<Record<string, readonly string[]>> = {
  query: ['statement', 'attempt'],
  'pool-idle': ['tcp'],
  command: ['attempt'],
  'client-request': ['attempt', 'deadline', 'headers'],
  'socket-idle': ['attempt', 'deadline'],
}

/** The level that ends this one, which has no end of its own; undefined: none does. */
export function coveredBy(level: string, settings: readonly Setting[]): string | undefined {
  return COVERED[level]?.find(name => settings.some(s => s.level === name && s.valueMs !== null))
}
