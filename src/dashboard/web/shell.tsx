// The frame around the views: whose page this is, whether it is live, what is not well, and the way to each view.
import { useEffect, useState } from 'preact/hooks'
import { ActDialog } from './act.tsx'
import { BreakersView } from './breakers.tsx'
import { DeadlinesView } from './deadlines.tsx'
import { DrillsView } from './drills.tsx'
import { type Part, rowOf } from './facts.ts'
import { IncidentsView } from './incidents.tsx'
import { MapView } from './map.tsx'
import { type State, useStore } from './store.ts'
import { TreeView } from './tree.tsx'

const VIEWS = [
  ['map', 'Map', MapView],
  ['incidents', 'Incidents', IncidentsView],
  ['breakers', 'Breakers', BreakersView],
  ['deadlines', 'Deadlines', DeadlinesView],
  ['tree', 'Tree', TreeView],
  ['drills', 'Drills', DrillsView],
] as const

const LINKS = { live: 'Live', polling: 'Asking every 2 s', lost: 'No connection' } as const
/** What a person cares about first; policies and plumbing follow from these. */
const COUNTED = ['program', 'component', 'dependency', 'failover', 'feature']

const here = () => VIEWS.find(([id]) => `#${id}` === location.hash) ?? VIEWS[0]

export function Shell() {
  const state = useStore()
  const [view, setView] = useState(here)
  useEffect(() => {
    const moved = () => setView(here())
    addEventListener('hashchange', moved)
    return () => removeEventListener('hashchange', moved)
  }, [])
  const system = [...state.parts.values()].find(part => part.kind === 'system')
  const [, title, View] = view
  useEffect(() => {
    document.title = `${title} – ${system?.path ?? 'selfheal'}`
  }, [title, system?.path])
  return (
    <>
      <button type="button" class="skip" onClick={() => document.getElementById('content')!.focus()}>
        To the content
      </button>
      <header>
        <h1>{system?.path ?? 'selfheal'}</h1>
        <span class={`link ${state.link}`} role="status">
          {LINKS[state.link]}
        </span>
        <Summary state={state} />
        <nav aria-label="Views">
          {VIEWS.map(([id, name]) => (
            <a key={id} href={`#${id}`} aria-current={view[0] === id ? 'page' : undefined}>
              {name}
            </a>
          ))}
        </nav>
      </header>
      <main id="content" tabIndex={-1}>
        {state.away !== undefined && (
          <p class="banner" role="alert">
            <strong>{state.away.message}.</strong> {state.away.mend}
          </p>
        )}
        <View state={state} />
      </main>
      <footer>
        selfheal {state.version}, pid {state.pid}
      </footer>
      <ActDialog />
    </>
  )
}

function Summary({ state }: { state: State }) {
  const all = [...state.parts.values()].filter(part => COUNTED.includes(part.kind))
  const bad = all.filter(isBad)
  if (all.length === 0) return null
  const says =
    bad.length === 0
      ? 'All well'
      : `Not well: ${bad
          .slice(0, 3)
          .map(part => rowOf(part).name)
          .join(', ')}`
  const more = bad.length > 3 ? ` and ${bad.length - 3} more` : ''
  return (
    <span class={bad.length === 0 ? 'summary well' : 'summary bad'} aria-live="polite">
      {says + more}
    </span>
  )
}

const isBad = (part: Part) => {
  const { tone } = rowOf(part)
  return tone === 'bad' || tone === 'busy'
}
