// partitions(…): the same child several times over, and one of them for each key, always the same one. What one child alone would be the
// bottleneck of is shared among them, and the fall of one takes only its share of the keys along.
import { availableParallelism } from 'node:os'
import { ConfigError } from '../core/index.ts'
import type { Supervisor } from './commands.ts'
import type { Child, Component, Life } from './component.ts'
import { ChildError } from './errors.ts'
import type { Spec, SupervisorOptions } from './spec.ts'
import { supervisor } from './supervisor.ts'

export interface PartitionOptions<H = unknown>
  extends Omit<SupervisorOptions, 'strategy' | 'children' | 'maxChildren' | 'autoShutdown'> {
  /** How many. Default: as many as the machine has cores. */
  readonly partitions?: number
  /** The child of each, or one for all. */
  readonly child: Component<H> | ((partition: number) => Component<H>)
  /** What else their specs have. */
  readonly spec?: Omit<Spec<H>, 'id' | 'component' | 'needs' | 'significant'>
}
export interface Partitions<H = unknown> extends Supervisor {
  /** The child that has this key now. Throws a ChildError while it is down. */
  of(key: string | number): Child<H>
}

/** Throws a ConfigError that lists every fault of the options. */
export function partitions<H>(options: PartitionOptions<H>): Component<Partitions<H>> {
  const { partitions: count = availableParallelism(), child, spec, ...rest } = options
  if (!Number.isInteger(count) || count < 1)
    throw new ConfigError('partitions', [{ at: 'partitions', says: `must be a whole number, 1 or more, not ${String(count)}` }])
  const children = Array.from({ length: count }, (_, i) => ({
    ...spec,
    id: String(i),
    component: typeof child === 'function' ? child(i) : child,
  }))
  const inner = supervisor({ ...rest, children })
  return Object.freeze({
    kind: 'supervisor',
    async start(life: Life) {
      const started = await inner.start(life)
      if (started === 'ignore') return started
      const of = (key: string | number) => {
        const id = String(partitionOf(key, count))
        const { child, state } = started.handle.whichChild(id)
        if (child === undefined || state !== 'running') throw new ChildError('SELFHEAL_CHILD_NOT_RUNNING', `${life.path}/${id}`)
        return child as Child<H>
      }
      return { ...started, handle: Object.freeze({ ...started.handle, of }) }
    },
  })
}

/** Whole numbers in turn; texts by a hash (FNV-1a) that is the same in every process. */
function partitionOf(key: string | number, count: number): number {
  if (typeof key === 'number' && Number.isInteger(key)) return Math.abs(key) % count
  let hash = 0x811c9dc5
  for (const char of String(key)) hash = Math.imul(hash ^ char.codePointAt(0)!, 0x01000193)
  return (hash >>> 0) % count
}
