// Breakers with their windows: what was counted, what they decided, when they ask again; the window's last minutes as a chart, gathered
// while the page is open.
import { useEffect, useMemo, useState } from 'preact/hooks'
import { openAct } from './act.tsx'
import { Chart } from './chart.tsx'
import { type CellFacts, cellsOf, facts, list, nameOf, number, type Part, rowOf, text, toneOf } from './facts.ts'
import { Block, State as Shown, Wide } from './pieces.tsx'
import { useGrowing } from './slices.ts'
import { now, type State } from './store.ts'
import { span } from './words.ts'

/** A chart takes as long as so many rows. */
const CHART = 5

export function BreakersView({ state }: { state: State }) {
  const parts = [...state.parts.values()].filter(part => cellsOf(part).length > 0)
  const most = useGrowing(parts.length, CHART)
  if (parts.length === 0) return <p>No breaker has counted a call yet.</p>
  return (
    <>
      {parts.slice(0, most).map(part => (
        <BreakerBlock key={part.path} part={part} look={state.look} />
      ))}
    </>
  )
}

function BreakerBlock({ part, look }: { part: Part; look: number }) {
  const cells = cellsOf(part)
  const s = facts(part.snapshot)
  const transitions = list((part.kind === 'breaker' ? s : facts(s['breaker']))['transitions']).map(facts)
  return (
    <Block title={`${nameOf(part.path)} (${part.kind})`} id={`breaker-${part.path}`}>
      <Wide says="Its keys">
        <table>
          <thead>
            <tr>
              {['Key', 'State', 'Calls', 'Failed', 'Slow', 'In flight', 'Opened', 'Asks again'].map(title => (
                <th key={title} scope="col">
                  {title}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {cells.map(cell => (
              <Cell key={cell.key} cell={cell} />
            ))}
          </tbody>
        </table>
      </Wide>
      <ul class="told">
        {transitions.slice(-5).map((one, i) => (
          <li key={i}>
            <span class="quiet">{span(number(one['agoMs']) ?? 0)} ago</span> {text(one['key'])}: {text(one['from'])} →{' '}
            {text(one['to'])}
            {text(one['why']) && `, ${text(one['why'])}`}
          </li>
        ))}
      </ul>
      <WindowChart part={part} look={look} />
      {part.verbs.length > 0 && (
        <button type="button" class="act" aria-haspopup="dialog" onClick={() => openAct(part)}>
          Act<span class="hidden"> on {rowOf(part).name}</span>
        </button>
      )}
    </Block>
  )
}

const Cell = ({ cell }: { cell: CellFacts }) => (
  <tr>
    <th scope="row">{cell.key}</th>
    <td>
      <Shown tone={toneOf(cell.state)} says={cell.state} />
    </td>
    <td>{cell.calls}</td>
    <td>{cell.failed}</td>
    <td>{cell.slow}</td>
    <td>{cell.inFlight}</td>
    <td>{cell.trips}</td>
    <td>{cell.backInMs === null ? '' : `in ${span(cell.backInMs)}`}</td>
  </tr>
)

type Point = readonly [number, number, number, number]
const MOST = 150

function WindowChart({ part, look }: { part: Part; look: number }) {
  const [points, setPoints] = useState<readonly Point[]>([])
  useEffect(() => {
    const sum = (key: 'calls' | 'failed' | 'slow') => cellsOf(part).reduce((all, cell) => all + cell[key], 0)
    setPoints(before => [...before, [now() / 1_000, sum('calls'), sum('failed'), sum('slow')] as const].slice(-MOST))
  }, [part, look])
  const data = useMemo(
    () => [0, 1, 2, 3].map(i => points.map(point => point[i]!)) as [number[], number[], number[], number[]],
    [points],
  )
  const [, calls = 0, failed = 0, slow = 0] = points.at(-1) ?? []
  const says = `In the window now: ${calls} calls, ${failed} failed, ${slow} slow`
  return <Chart says={says} lines={WINDOW_LINES} data={data} />
}

const WINDOW_LINES = [
  { label: 'calls', color: '--off' },
  { label: 'failed', color: '--bad' },
  { label: 'slow', color: '--busy' },
]
