// The other end of app-parts.ts, inside the program: answers its supervisor about its own parts. A part that can't be told is left out.
import { showPart } from '../control/index.ts'
import { type Json, type Part, SelfhealError, type Who } from '../core/index.ts'
import type { Asked } from '../program/index.ts'
import type { ToldPart } from './app-parts.ts'
import { LOOK } from './overrides-told.ts'

export function placedUnder(under: string, { path }: Part): string {
  return path.startsWith(`${under}/`) ? path : `${under}/${path}`
}

/** `parts` have their whole paths. `look`: takes what operators have set. */
export async function answerAbout(parts: () => readonly Part[], { path, verb, args }: Asked, look: () => void): Promise<Json> {
  if (path === '' && verb === 'parts') return parts().flatMap(told) as unknown as Json
  if (path === '' && verb === LOOK) {
    look()
    return true
  }
  const part = parts().find(one => one.path === path)
  const run = part?.verbs !== undefined && Object.hasOwn(part.verbs, verb) ? part.verbs[verb] : undefined
  if (run === undefined)
    throw new SelfhealError(
      'SELFHEAL_VERB_UNKNOWN',
      `${path} can't ${verb}`,
      `It can: ${Object.keys(part?.verbs ?? {}).join(', ') || 'nothing'}.`,
    )
  const asked = args as { readonly args?: Json; readonly who?: Who } | undefined
  return run(asked?.args ?? null, asked?.who ?? { by: 'unknown', why: '' })
}

function told(part: Part): readonly ToldPart[] {
  const shown = showPart(part)
  return shown.failed === undefined ? [shown] : []
}
