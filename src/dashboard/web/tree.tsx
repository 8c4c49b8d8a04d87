// The supervisor tree: the system, its programs, the supervisors and components inside them, each under what restarts it.
import { openAct } from './act.tsx'
import { facts, number, type Part, rowOf, text } from './facts.ts'
import { memo, State as Shown, Since } from './pieces.tsx'
import { useGrowing } from './slices.ts'
import type { State } from './store.ts'
import { span } from './words.ts'

const KINDS = ['system', 'program', 'supervisor', 'component']

export function TreeView({ state }: { state: State }) {
  // A supervisor stands beside its children ('app/tree'): it is told with what it is the tree of.
  const all = [...state.parts.values()].filter(part => KINDS.includes(part.kind) && part.kind !== 'supervisor')
  const rows = all.sort((a, b) => (a.path < b.path ? -1 : 1))
  const most = useGrowing(rows.length)
  return (
    <ul class="tree">
      {rows.slice(0, most).map(part => (
        <TreeRow key={part.path} part={part} tree={state.parts.get(`${part.path}/tree`)} />
      ))}
    </ul>
  )
}

const TreeRow = memo(({ part, tree }: { part: Part; tree: Part | undefined }) => {
  const row = rowOf(part)
  const depth = Math.min(8, part.path.split('/').length - 1)
  return (
    <li class={`depth-${depth}`}>
      <span class="name">{row.name}</span> <span class="hidden">level {depth + 1}, </span>
      <Shown tone={row.tone} says={row.state || part.kind} />{' '}
      {row.since !== null && (
        <span class="quiet">
          for <Since at={row.since} />
        </span>
      )}{' '}
      <span class="says">{row.says}</span>
      {tree !== undefined && <span class="figures">{limits(tree)}</span>}
      {part.verbs.length > 0 && (
        <button type="button" class="act" aria-haspopup="dialog" onClick={() => openAct(part)}>
          Act<span class="hidden"> on {row.name}</span>
        </button>
      )}
    </li>
  )
})

function limits({ snapshot }: Part): string {
  const s = facts(snapshot)
  const untold = number(s['untold']) ?? 0
  const most = `${text(s['strategy'])}, at most ${number(s['intensity']) ?? '?'} restarts in ${span(number(s['periodMs']) ?? 0)}`
  return `${most}, ${number(s['active']) ?? 0} of ${number(s['specs']) ?? 0} running${untold > 0 ? `, ${untold} of them not listed` : ''}`
}
