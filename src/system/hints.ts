// Hints between the processes of one run: when one finds a dependency down, the others that have one of the same name are asked to look at
// once, each for itself. So all connections of an app to it close, not one process's; and one whose own network is sick closes nobody's.
//
//   dependency.down of shop/web#1/db ─► 'probe' of shop/web#2/db, shop/worker/db …   (who says itself that it is down is not asked)
//                                       one that is missed is enough there: it is the second sign
import type { Events, Undo } from '../core/index.ts'
import type { ProgramHandle } from '../program/index.ts'
import type { Supervisor } from '../supervisor/index.ts'

export interface HintOptions {
  /** Path of the tree. */
  readonly name: string
  readonly tree: () => Supervisor | undefined
  readonly events: Events
}

const WITHIN_MS = 5_000

export function relayHints({ name, tree, events }: HintOptions): Undo {
  const down = new Set<string>()
  const undo = [
    events.on('dependency.down', ({ source }) => {
      down.add(source)
      const rows = tree()?.whichChildren() ?? []
      const owner = rows
        .map(({ id }) => id)
        .filter(id => source.startsWith(`${name}/${id}/`))
        .sort((a, b) => b.length - a.length)[0]
      if (owner === undefined) return
      const rest = source.slice(`${name}/${owner}`.length)
      for (const { id, state, child } of rows) {
        const path = `${name}/${id}${rest}`
        const handle = child?.handle as Partial<ProgramHandle> | undefined
        if (id === owner || state !== 'running' || handle?.node !== true || down.has(path)) continue
        const who = { by: owner, why: 'it finds it down' }
        // One that has no such dependency says so; one that is stuck says nothing.
        void handle.ask?.({ path, verb: 'probe', args: { args: { doubted: true }, who } }, WITHIN_MS).catch(() => {})
      }
    }),
    events.on('dependency.back', ({ source }) => void down.delete(source)),
    events.on('program.exited', ({ source }) => {
      for (const path of [...down]) if (path.startsWith(`${source}/`)) down.delete(path)
    }),
  ]
  return () => {
    for (const one of undo) one()
  }
}
