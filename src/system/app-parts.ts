// The parts inside running programs, as their own code tells them over the link: asked for all at once, in bounded time. A program that
// is stuck, or has nothing to say, adds none; its own part still stands.
import type { Json, Part, Setting, Verb } from '../core/index.ts'
import type { ProgramHandle } from '../program/index.ts'
import type { Supervisor } from '../supervisor/index.ts'

/** What a program answers for path '' and verb 'parts'. */
export interface ToldPart {
  readonly path: string
  readonly kind: string
  readonly snapshot: Json
  readonly settings?: readonly Setting[]
  readonly verbs: readonly string[]
}

const LIST_MS = 700
const VERB_MS = 120_000

export async function appParts(tree: Supervisor | undefined): Promise<readonly Part[]> {
  const handles = (tree?.whichChildren() ?? []).flatMap(row => {
    const handle = row.state === 'running' ? (row.child?.handle as Partial<ProgramHandle> | undefined) : undefined
    return handle?.node === true && handle.ask !== undefined ? [handle as ProgramHandle] : []
  })
  const lists = await Promise.all(
    handles.map(async handle => {
      const told = await handle.ask({ path: '', verb: 'parts' }, LIST_MS).catch(() => null)
      return Array.isArray(told) ? (told as unknown as ToldPart[]).map(part => shown(part, handle)) : []
    }),
  )
  return lists.flat()
}

function shown({ path, kind, snapshot, settings, verbs }: ToldPart, handle: ProgramHandle): Part {
  const ask =
    (verb: string): Verb =>
    (args, who) =>
      handle.ask({ path, verb, args: { args, who: { ...who } } }, VERB_MS)
  return {
    path,
    kind,
    snapshot: () => snapshot,
    ...(settings === undefined ? {} : { settings: () => settings }),
    verbs: Object.fromEntries(verbs.map(verb => [verb, ask(verb)])),
  }
}
