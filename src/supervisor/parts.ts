// The live tree as parts: one for the supervisor, one for each of its children, at any depth; of very many children only those that had
// trouble. Read when asked for: nothing is kept.
import { type Json, type Part, systemClock, type Verb } from '../core/index.ts'
import type { Supervisor } from './commands.ts'
import type { Exit } from './component.ts'
import { errorFacts } from './events.ts'
import type { ChildState, Limits } from './which.ts'

export interface ComponentSnapshot {
  readonly id: string
  readonly kind: ChildState['kind']
  readonly state: ChildState['state'] | 'crash-looping'
  readonly generation: number
  /** Ever. */
  readonly restarts: number
  /** Wall milliseconds since when it is in this state. */
  readonly since: number | null
  /** Wall milliseconds of its next try. */
  readonly next: number | null
  readonly last: {
    readonly says: string
    readonly reason: Exit['reason']
    readonly what: string | null
    readonly at: number
  } | null
  readonly needs: readonly string[]
}
export interface SupervisorSnapshot extends Limits {
  readonly specs: number
  readonly active: number
  /** Children that are not told of one by one: they run, and never had trouble. */
  readonly untold: number
}

const MAX_TOLD = 100

/** `at`: the path of the supervisor's own part, which may stand beside another of its path. Default: its path. */
export function treeParts(path: string, tree: Supervisor, at = path): readonly Part[] {
  return [supervisorPart(tree, at), ...childParts(path, tree)]
}

function supervisorPart(tree: Supervisor, at: string): Part {
  const snapshot = () => {
    const { specs, active } = tree.countChildren()
    return { ...tree.limits(), specs, active, untold: specs - told(tree).length } satisfies SupervisorSnapshot
  }
  return { path: at, kind: 'supervisor', snapshot: snapshot as () => Json, verbs: { restart: restart(tree) } }
}

function childParts(path: string, tree: Supervisor): readonly Part[] {
  return told(tree).flatMap(row => {
    const own = `${path}/${row.id}`
    const part: Part = {
      path: own,
      kind: 'component',
      snapshot: () => snapshotOf(tree.whichChild(row.id)) as unknown as Json,
      verbs: verbsOf(row.id, tree),
    }
    const inner = row.kind === 'supervisor' ? (row.child?.handle as Supervisor | undefined) : undefined
    return inner === undefined ? [part] : [part, ...treeParts(own, inner, `${own}/tree`)]
  })
}

/** All, or the first of those that are not simply well. */
function told(tree: Supervisor): readonly ChildState[] {
  const all = tree.whichChildren()
  if (all.length <= MAX_TOLD) return all
  return all
    .filter(({ state, everRestarted, kind }) => state !== 'running' || everRestarted > 0 || kind === 'supervisor')
    .slice(0, MAX_TOLD)
}

function snapshotOf({
  id,
  kind,
  state,
  looping,
  generation,
  everRestarted,
  forMs,
  nextMs,
  last,
  needs,
}: ChildState): ComponentSnapshot {
  const now = systemClock.wall()
  const { reason, what } = last?.exit ?? {}
  return {
    id,
    kind,
    state: looping && state !== 'running' ? 'crash-looping' : state,
    generation,
    restarts: everRestarted,
    since: forMs === undefined ? null : Math.round(now - forMs),
    next: nextMs === undefined ? null : Math.round(now + nextMs),
    last:
      last === undefined
        ? null
        : { says: says(last.exit), reason: reason!, what: what ?? null, at: Math.round(now - last.agoMs) },
    needs,
  }
}

function says({ reason, what, code, signal, error }: Exit): string {
  const { name, message } = error === undefined ? { name: '', message: '' } : errorFacts(error)
  const told = error === undefined ? '' : `${name}: ${message}`.slice(0, 200)
  if (reason === 'normal') return 'ended by itself'
  if (what === 'escalated') return 'could not heal what is below it'
  if (reason === 'shutdown') return 'stopped as asked'
  if (what === 'start') return `did not start: ${told}`
  if (what === 'health') return `not well: ${told}`
  if (what === 'hang') return 'hung'
  if (what === 'oom') return 'out of memory'
  if (signal !== undefined) return `killed by ${signal}`
  if (reason === 'killed') return 'killed: it did not stop in time'
  return told === '' ? `ended with ${code === undefined ? 'an error' : `code ${code}`}` : told
}

function verbsOf(id: string, tree: Supervisor): Readonly<Record<string, Verb>> {
  return {
    restart: () => restartOne(id, tree),
    stop: async () => {
      await tree.terminateChild(id)
      return { id }
    },
  }
}

function restart(tree: Supervisor): Verb {
  return args => restartOne(String((args as { id?: Json } | null)?.id), tree)
}

/** A new life: now, whatever state it is in. */
async function restartOne(id: string, tree: Supervisor): Promise<Json> {
  const row = tree.whichChild(id)
  await (row.state === 'stopped' ? tree.restartChild(id) : tree.replace(id))
  return { id }
}
