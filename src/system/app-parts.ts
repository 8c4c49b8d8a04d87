// The parts inside running programs, as their own code tells them over the link: asked for all at once, in bounded time. A program that
// has nothing to say adds none; one that does not answer in time is named, so that nobody takes its parts for gone.
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
  const asked = (tree?.whichChildren() ?? []).flatMap(row => {
    const handle = row.state === 'running' ? (row.child?.handle as Partial<ProgramHandle> | undefined) : undefined
    return handle?.node === true && handle.ask !== undefined ? [{ id: row.id, handle: handle as ProgramHandle }] : []
  })
  const lists = await Promise.all(
    asked.map(async ({ id, handle }) => {
      try {
        const told = await handle.ask({ path: '', verb: 'parts' }, LIST_MS)
        return Array.isArray(told) ? (told as unknown as ToldPart[]).map(part => shown(part, handle)) : []
      } catch (error) {
        return (error as { code?: unknown }).code === 'SELFHEAL_PROGRAM_SILENT' ? [silent(id)] : []
      }
    }),
  )
  return lists.flat()
}

function silent(id: string): Part {
  return {
    path: `${id}/parts`,
    kind: 'silent',
    snapshot: () => ({ program: id, withinMs: LIST_MS }),
    verbs: {},
  }
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
