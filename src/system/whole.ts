// From the names a person gives to programs of the roster, and from a failed start to the words that say why.
import { SelfhealError } from '../core/index.ts'
import type { Roster } from './roster.ts'

/** Those named, in the order of start; all when none is. Throws SELFHEAL_PROGRAM_UNKNOWN. */
export function programsNamed(roster: Roster, args: unknown): readonly string[] {
  const names = namesIn(args)
  if (names === undefined) return roster.order()
  const unknown = names.find(name => !roster.has(name))
  if (unknown !== undefined)
    throw new SelfhealError(
      'SELFHEAL_PROGRAM_UNKNOWN',
      `There is no program '${unknown}' here.`,
      `There are: ${roster.order().join(', ')}.`,
    )
  return roster.order().filter(name => names.includes(name))
}

export function namesIn(args: unknown): readonly string[] | undefined {
  const { programs } = (args ?? {}) as { programs?: unknown }
  return Array.isArray(programs) && programs.length > 0 ? programs.map(String) : undefined
}

/** The innermost of our own errors says most: what it did instead, and its last output. */
export function whyOf(error: unknown): string {
  let says = error instanceof Error ? error.message : String(error)
  for (let e = error, depth = 0; e instanceof Error && depth < 8; e = e.cause, depth++)
    if (e instanceof SelfhealError) says = e.message
  return says
}
