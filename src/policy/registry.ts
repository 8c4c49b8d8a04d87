// The policies of this process by name, for whoever looks at them and acts on them at run time. It holds none of them: one that nobody uses
// any more is forgotten. A name that is taken gets a number: 'db', 'db~2'.
import type { Part } from '../core/index.ts'

const known = new Map<string, WeakRef<Part>>()

/** A path for a new policy of this name. */
export function pathFor(name: string): string {
  for (let n = 1; ; n++) {
    const path = n === 1 ? name : `${name}~${n}`
    const taken = known.get(path)
    if (taken === undefined || taken.deref() === undefined) return path
  }
}

export function register<P extends Part>(part: P): P {
  known.set(part.path, new WeakRef(part))
  if (known.size % 64 === 0) for (const [path, ref] of known) if (ref.deref() === undefined) known.delete(path)
  return part
}

export const registry = Object.freeze({
  /** Every policy that is in use, in the order they were made. */
  all(): readonly Part[] {
    return [...known.values()].flatMap(ref => ref.deref() ?? [])
  },
  get(path: string): Part | undefined {
    return known.get(path)?.deref()
  },
})
