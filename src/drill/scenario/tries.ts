// How often something was tried again under the drill, and by whom: retries that pile up on each other are what turns a small trouble into
// a large one. Asked of the parts once a second; counters that went back belong to a new life.
import type { ControlClient, ShownPart } from '../../control/index.ts'
import type { Clock } from '../../core/index.ts'

export interface Tries {
  readonly retries: number
  /** The guards that tried again, by name. */
  readonly by: readonly string[]
}

export interface TriesWatch {
  /** Up to now. */
  told(): Promise<Tries>
  close(): void
}

const EVERY_MS = 1_000

export function watchTries(client: Pick<ControlClient, 'parts'>, clock: Clock): TriesWatch {
  const tally = triesTally()
  let closed = false
  let undo = () => {}
  const look = async () => {
    const { parts } = await client.parts().catch(() => ({ parts: [] }))
    tally.add(parts)
  }
  const on = async () => {
    await look()
    if (!closed) undo = clock.after(EVERY_MS, () => void on())
  }
  void on()
  return Object.freeze({
    async told() {
      await look()
      return tally.sum()
    },
    close() {
      closed = true
      undo()
    },
  })
}

/** Pure. The first look at a part is where it begins from, unless others were looked at before: then its life began under the drill. */
export function triesTally() {
  const seen = new Map<string, number>()
  const retries = new Map<string, number>()
  let first = true
  return Object.freeze({
    add(parts: readonly Pick<ShownPart, 'path' | 'kind' | 'snapshot'>[]) {
      for (const { path, kind, snapshot } of parts) {
        const count = (snapshot as { readonly counts?: { readonly retries?: number } } | null)?.counts?.retries
        if (kind !== 'guard' || count === undefined) continue
        const before = seen.get(path) ?? (first ? count : 0)
        const more = count >= before ? count - before : count
        seen.set(path, count)
        if (more > 0) retries.set(path, (retries.get(path) ?? 0) + more)
      }
      if (parts.length > 0) first = false
    },
    sum(): Tries {
      const by = [...retries.keys()].map(path => path.split('/').at(-1)!.replace(/~\d+$/, ''))
      return Object.freeze({ retries: [...retries.values()].reduce((sum, n) => sum + n, 0), by: [...new Set(by)].sort() })
    },
  })
}
