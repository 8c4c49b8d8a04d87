// timeout(): ends the caller's wait after so long, and tells the work by its signal. JavaScript can't stop code that does not listen: it is
// named as still running, and keeps its slot in a limit until it ends.
import type { Duration } from '../core/index.ts'
import type { Policy } from './call.ts'
import { type Named, newEngine, policyOf, readNamed, SURROUNDINGS } from './policy.ts'
import { Reader } from './read-options.ts'

export interface TimeoutOptions extends Named {
  /** How long an attempt may take. */
  readonly after: Duration
}

export function timeout(options: TimeoutOptions | Duration): Policy {
  const read = new Reader()
  const given = (typeof options === 'object'
    ? read.object(options, '', [...SURROUNDINGS, 'after'])
    : { after: options }) as unknown as TimeoutOptions
  const name = readNamed(given as unknown as Readonly<Record<string, unknown>>, 'timeout', read)
  if (given.after === undefined) read.bad('after', "must be said: milliseconds or text as '5s'")
  const timeoutMs = read.duration(given.after, 'after', Number.POSITIVE_INFINITY)
  read.done(name)
  return Object.freeze(policyOf(newEngine(name, given, { timeoutMs })))
}
