// Deploys that are under way, or were refused: what a new life tells before it is ready is of its deploy, not a trouble of what serves. Of one
// pass over the entries, oldest first.
import type { EventId } from '../core/index.ts'
import type { Entry } from './entry.ts'
import { bootOf, type Lives } from './lives.ts'

export interface Deploys {
  note(entry: Entry): void
  /** The `system.reloading` that this is of. */
  of(entry: Entry, known: Lives): Entry | undefined
}

export function deploysOf(): Deploys {
  /** One at a time in each supervisor. */
  const under = new Map<string, Entry>()
  const refused = new Map<string, Entry>()
  const ids = new Map<EventId, Entry>()
  return {
    note(entry) {
      const boot = bootOf(entry.id)
      if (entry.name === 'system.reloading') {
        under.set(boot, entry)
        ids.set(entry.id, entry)
      }
      if (entry.name === 'system.reload_refused' || entry.name === 'system.reloaded') under.delete(boot)
    },
    of(entry, known) {
      const { name, id, because, source } = entry
      if (name === 'system.reload_refused') {
        const deploy = because === undefined ? undefined : ids.get(because)
        if (deploy !== undefined) refused.set(source, deploy)
        return deploy
      }
      // The good one after it: what was to do is done.
      if (name === 'system.reloaded') {
        const deploy = refused.get(source)
        refused.delete(source)
        return deploy
      }
      const deploy = under.get(bootOf(id))
      // A life beside one that serves, or the first of a program that the new configuration adds.
      const early = known.isEarly(entry) || (FAILS.has(name) && !known.wasReady(entry))
      return deploy !== undefined && source.startsWith(`${deploy.source}/`) && early ? deploy : undefined
    },
  }
}

const FAILS: ReadonlySet<string> = new Set(['program.uncaught', 'program.exited', 'supervisor.child_start_failed'])
