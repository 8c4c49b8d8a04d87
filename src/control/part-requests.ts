// What the control socket does with parts: lists them, and uses their verbs. Knows no room, only core's Part. What goes wrong inside a
// part stays a refusal.
import type { Clock, Json, Part, Setting } from '../core/index.ts'
import { refusalOf, refuse } from './refusal.ts'
import type { Wish } from './request-body.ts'

export interface ShownPart {
  readonly path: string
  readonly kind: string
  readonly snapshot: Json
  readonly verbs: readonly string[]
  readonly settings?: readonly Setting[]
  /** Why there is no snapshot. */
  readonly failed?: string
}

export function showPart(part: Part): ShownPart {
  const verbs = Object.keys(part.verbs ?? {})
  try {
    const settings = part.settings?.()
    // Made text here, so that one part that can't be told does not spoil the list.
    const snapshot = JSON.parse(JSON.stringify(part.snapshot()) ?? 'null') as Json
    return { path: part.path, kind: part.kind, snapshot, verbs, ...(settings === undefined ? {} : { settings }) }
  } catch (error) {
    return { path: part.path, kind: part.kind, snapshot: null, verbs, failed: refusalOf(error).message }
  }
}

/** The part and the verb that the address names: the last word is the verb. Throws a Refusal that lists what there is. */
export function findVerb(parts: readonly Part[], words: readonly string[]) {
  const path = words.slice(0, -1).join('/')
  const verb = words.at(-1) ?? ''
  const part = parts.find(one => one.path === path)
  if (part === undefined)
    throw refuse(
      404,
      'SELFHEAL_PART_UNKNOWN',
      `No part ${path || '(none named)'}`,
      `There are: ${parts.map(one => one.path).join(', ') || 'none'}.`,
    )
  const verbs = part.verbs ?? {}
  if (!Object.hasOwn(verbs, verb))
    throw refuse(404, 'SELFHEAL_VERB_UNKNOWN', `${path} can't ${verb}`, `It can: ${Object.keys(verbs).join(', ') || 'nothing'}.`)
  return { path, verb, run: verbs[verb]! }
}

/** Runs the verb; past `withinMs` it stops waiting, and the verb goes on. */
export async function useVerb(
  { run, path, verb }: ReturnType<typeof findVerb>,
  wish: Wish,
  clock: Clock,
  withinMs: number,
): Promise<Json> {
  let undo = () => {}
  const late = new Promise<never>((_, reject) => {
    undo = clock.after(withinMs, () =>
      reject(
        refuse(
          504,
          'SELFHEAL_VERB_LATE',
          `${path} has not ended ${verb} within ${withinMs} ms; it goes on`,
          'Look at it: selfheal status',
        ),
      ),
    )
  })
  try {
    return (await Promise.race([run(wish.args, wish.who), late])) ?? null
  } finally {
    undo()
  }
}
