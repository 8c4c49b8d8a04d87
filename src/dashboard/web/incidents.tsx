// Incidents of the last day on a timeline, and the story of each as `selfheal why` tells it.
import { useEffect, useState } from 'preact/hooks'
import { ask } from './connect.ts'
import { nameOf } from './facts.ts'
import { Block, State as Shown } from './pieces.tsx'
import { now, type State } from './store.ts'
import { clockTime, span } from './words.ts'

interface Incident {
  readonly id: string
  readonly state: 'open' | 'healed' | 'noted' | 'stopped'
  readonly began: number
  readonly ended: number | null
  readonly says: string
  readonly cause: string
  readonly noticed: readonly string[]
  readonly done: readonly string[]
  readonly requests: readonly string[]
  readonly toDo: string | null
  readonly steps: readonly { readonly afterMs: number; readonly level: string; readonly says: string; readonly beside: boolean }[]
  readonly more: number
  readonly spans: readonly { readonly source: string; readonly key: string; readonly from: number; readonly to: number | null }[]
}

const SOON_MS = 400

export function IncidentsView({ state }: { state: State }) {
  const [incidents, setIncidents] = useState<readonly Incident[]>()
  const [failed, setFailed] = useState('')
  // What was told last may be of an incident: asked for again, once for a burst.
  const latest = state.told[0]?.id
  useEffect(() => {
    let over = false
    const timer = setTimeout(
      () =>
        ask<{ incidents: readonly Incident[] }>('/api/incidents').then(
          said => {
            if (over) return
            setIncidents(said.incidents)
            setFailed('')
          },
          error => !over && setFailed(String(error.message)),
        ),
      incidents === undefined ? 0 : SOON_MS,
    )
    return () => {
      over = true
      clearTimeout(timer)
    }
  }, [latest, state.pid])
  if (failed !== '') return <p role="alert">{failed}</p>
  if (incidents === undefined) return <p class="quiet">Asking…</p>
  if (incidents.length === 0) return <p>Nothing broke in the last day.</p>
  return (
    <>
      <Timeline incidents={incidents.filter(one => one.state !== 'noted').slice(0, 12)} />
      <Block title="What happened" id="what-happened">
        {incidents.map((one, i) => (
          <Story key={one.id} one={one} open={i === 0} />
        ))}
      </Block>
    </>
  )
}

/** Lanes of those that had to heal, from the first sign of the oldest to now. */
function Timeline({ incidents }: { incidents: readonly Incident[] }) {
  if (incidents.length === 0) return null
  const end = now()
  const start = Math.min(...incidents.map(one => one.began)) - 1_000
  const at = (wall: number) => ((wall - start) / (end - start)) * 100
  const lanes = incidents.flatMap(one => one.spans.map(lane => ({ ...lane, id: one.id })))
  const sources = [...new Set(lanes.map(lane => lane.source))].slice(0, 16)
  return (
    <Block title={`From ${clockTime(start)} to now`} id="timeline">
      <div
        class="lanes"
        role="img"
        aria-label={`${lanes.length} troubles of ${sources.map(nameOf).join(', ')}: each is told below`}
      >
        {sources.map(source => (
          <div key={source} class="lane" aria-hidden="true">
            <span>{nameOf(source)}</span>
            <svg aria-hidden="true" viewBox="0 0 100 10" preserveAspectRatio="none">
              {lanes
                .filter(lane => lane.source === source)
                .map((lane, i) => (
                  <rect
                    key={i}
                    class={lane.to === null ? 'bad' : 'over'}
                    x={at(lane.from)}
                    width={Math.max(0.4, at(lane.to ?? end) - at(lane.from))}
                    y="1"
                    height="8"
                  />
                ))}
            </svg>
          </div>
        ))}
      </div>
    </Block>
  )
}

const TONE = { open: 'bad', healed: 'well', noted: 'off', stopped: 'off' } as const

const Story = ({ one, open }: { one: Incident; open: boolean }) => (
  <details class="story" open={open}>
    <summary>
      <span class="quiet">{clockTime(one.began)}</span> <Shown tone={TONE[one.state]} says={one.state} /> {one.says}
    </summary>
    <dl>
      <Fact title="Began" says={[one.cause]} />
      <Fact title="Noticed" says={one.noticed} />
      <Fact title="Done" says={one.done.slice(0, 8)} />
      <Fact title="Requests" says={one.requests} />
      <Fact title="To do" says={[one.toDo ?? 'nothing']} />
    </dl>
    <ol class="told">
      {one.steps.map((step, i) => (
        <li key={i} class={step.level}>
          <span class="quiet">+{span(step.afterMs)}</span> {step.says}
          {step.beside && ' (at the same time)'}
        </li>
      ))}
    </ol>
    {one.more > 0 && (
      <p class="quiet">
        … and {one.more} more: selfheal journal --incident {one.id}
      </p>
    )}
  </details>
)

const Fact = ({ title, says }: { title: string; says: readonly string[] }) =>
  says.length === 0 ? null : (
    <div>
      <dt>{title}</dt>
      {says.map((line, i) => (
        <dd key={i}>{line}</dd>
      ))}
    </div>
  )
