// The policies of this process by name, for whoever looks at them and acts on them at run time. It holds none of them: one that nobody uses
// any more is forgotten. In use is also one of which only `run`, or what `wrap` gave, is kept: both hold the state, and the state holds
// the part. A name that is taken gets a number: 'db', 'db~2'.
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

/** As long as this state is held by anything, so is its part. */
const parts = new WeakMap<object, Part>()

/** `state`: what every call of this policy goes through, and so all that is made of it holds. */
export function register<P extends Part>(part: P, state: object): P {
  parts.set(state, part)
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
