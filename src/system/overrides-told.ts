// Tells every running program at once that an operator has set something, and waits, in bounded time, until it holds there: a command that
// says "read-only" must not be followed by a write. Who does not answer sees it by itself, as soon as it runs.
import type { ProgramHandle } from '../program/index.ts'
import type { Supervisor } from '../supervisor/index.ts'

/** The verb, of path '', that a program is asked. */
export const LOOK = 'overrides'
const WITHIN_MS = 2_000

export interface Taken {
  readonly taken: number
  readonly of: number
}

/** Node programs alone have features. One that ends meanwhile is not counted: its successor reads what is set. */
export async function tellOverrides(tree: Supervisor | undefined): Promise<Taken> {
  const answers = await Promise.all(
    (tree?.whichChildren() ?? []).flatMap(row => {
      const handle = row.state === 'running' ? (row.child?.handle as Partial<ProgramHandle> | undefined) : undefined
      if (handle?.node !== true || handle.ask === undefined) return []
      return handle.ask({ path: '', verb: LOOK }, WITHIN_MS).then(
        () => 'taken',
        (error: { code?: unknown }) => (error.code === 'SELFHEAL_PROGRAM_GONE' ? 'gone' : 'late'),
      )
    }),
  )
  const taken = answers.filter(one => one === 'taken').length
  return { taken, of: taken + answers.filter(one => one === 'late').length }
}
