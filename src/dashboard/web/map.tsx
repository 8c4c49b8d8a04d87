// The system map: programs, what runs inside them, what they need from outside, who stands in for whom, and what users can do; each with
// its state, why, and what can be done about it. Beside it what has just happened.
import { useState } from 'preact/hooks'
import { openAct } from './act.tsx'
import { facts, list, nameOf, number, type Part, rowOf, text, toneOf } from './facts.ts'
import { Machines } from './machines.tsx'
import { Picture } from './picture.tsx'
import { Block, memo, State as Shown, Since } from './pieces.tsx'
import { useGrowing } from './slices.ts'
import type { State } from './store.ts'
import { bytes, clockTime, span } from './words.ts'

/** In columns, the first what users notice. */
const COLUMNS = [
  [
    ['Features', ['feature']],
    ['Dependencies and providers', ['dependency', 'failover', 'fleet']],
  ],
  [['Programs', ['program', 'system']]],
  [['Components', ['component']]],
] as const
/** Drills have a view of their own. */
const GROUPED: readonly string[] = [...COLUMNS.flat().flatMap(([, kinds]) => kinds), 'drills']

export function MapView({ state }: { state: State }) {
  const [wanted, setWanted] = useState('')
  const all = [...state.parts.values()].filter(part => part.path.toLowerCase().includes(wanted.toLowerCase()))
  const of = (kinds: readonly string[]) => all.filter(part => kinds.includes(part.kind))
  const [outside, programs, inside] = COLUMNS.map(groups =>
    groups.map(([title, kinds]) => <Group key={title} title={title} parts={of(kinds)} state={state} />),
  )
  return (
    <>
      <label class="find">
        Find <input type="search" value={wanted} onInput={event => setWanted(event.currentTarget.value)} />
      </label>
      {wanted === '' && <Picture state={state} />}
      <div class="map">
        <div>{outside}</div>
        <div>
          {programs}
          <Happened state={state} />
        </div>
        <div>
          {inside}
          <Group title="All else" parts={all.filter(part => !GROUPED.includes(part.kind))} state={state} />
        </div>
      </div>
    </>
  )
}

function Group({ title, parts, state }: { title: string; parts: readonly Part[]; state: State }) {
  const most = useGrowing(parts.length)
  if (parts.length === 0) return null
  const id = `group-${title.replace(/\W+/g, '-')}`
  return (
    <Block title={`${title}${parts.length > 12 ? ` (${parts.length})` : ''}`} id={id}>
      <ul class="parts">
        {parts.slice(0, most).map(part => (
          <PartRow key={part.path} part={part} needs={needsOf(part, state)} />
        ))}
      </ul>
    </Block>
  )
}

/** 'database up, payments on stripe': as text, so that a row is drawn anew only when it says something else. */
function needsOf(part: Part, { parts }: State): string {
  if (part.kind !== 'feature') return ''
  const names = list(facts(part.snapshot)['needs']).map(text)
  return names
    .map(name => {
      const need = [...parts.values()].find(one => nameOf(one.path) === name && /dependency|failover|component/.test(one.kind))
      return `${name}\n${need === undefined ? '' : rowOf(need).state}`
    })
    .join('\t')
}

const PartRow = memo(({ part, needs }: { part: Part; needs: string }) => {
  const row = rowOf(part)
  return (
    <li class={`part ${row.tone}`} data-path={part.path}>
      <span class="name">{row.name}</span>
      <Shown tone={row.tone} says={row.state || part.kind} />
      {row.since !== null && (
        <span class="quiet">
          for <Since at={row.since} />
        </span>
      )}
      <span class="says">{row.says}</span>
      {needs !== '' && <Needs says={needs} />}
      <Figures part={part} />
      {part.kind === 'fleet' && part.verbs.includes('machines') && <Machines part={part} />}
      {part.verbs.length > 0 && (
        <button type="button" class="act" aria-haspopup="dialog" onClick={() => openAct(part)}>
          Act<span class="hidden"> on {row.name}</span>
        </button>
      )}
    </li>
  )
})

const Needs = ({ says }: { says: string }) => (
  <span class="needs">
    needs{' '}
    {says.split('\t').map(one => {
      const [name, state = ''] = one.split('\n')
      return (
        <span key={name} class={`chip ${toneOf(state)}`}>
          {name} {state}
        </span>
      )
    })}
  </span>
)

function Figures({ part }: { part: Part }) {
  const s = facts(part.snapshot)
  const rss = number(s['rss'])
  const connections = facts(s['connections'])
  const latency = facts(s['latency'])
  const shown = [
    ...list(s['urls']).map(text),
    number(s['pid']) === null ? '' : `pid ${number(s['pid'])}`,
    rss === null ? '' : bytes(rss),
    number(connections['open']) === null ? '' : `${connections['open']} of ${connections['max']} connections open`,
    number(latency['p50Ms']) === null
      ? ''
      : `half answered in ${span(number(latency['p50Ms'])!)}, p95 ${span(number(latency['p95Ms']) ?? 0)}`,
    ...list(s['providers'])
      .map(facts)
      .map(one => `${text(one['name'])} ${text(one['state'])}, ${Math.round((number(one['share']) ?? 0) * 100)} %`),
  ].filter(Boolean)
  return shown.length === 0 ? null : <span class="figures">{shown.join(' · ')}</span>
}

function Happened({ state: { told } }: { state: State }) {
  const shown = told.filter(one => one.level !== 'debug').slice(0, 30)
  if (shown.length === 0) return null
  return (
    <Block title="Just now" id="just-now">
      <ol class="told" aria-live="polite">
        {shown.map(one => (
          <li key={one.id} class={one.level}>
            <span class="quiet">{clockTime(one.wall)}</span> {one.says}
          </li>
        ))}
      </ol>
    </Block>
  )
}
