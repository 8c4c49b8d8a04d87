// The deadline ladder of each connection: its timeouts from the outermost in, drawn by the logarithm, so that one out of step is seen.
import { nameOf, type Setting } from './facts.ts'
import { Block } from './pieces.tsx'
import { useGrowing } from './slices.ts'
import type { State } from './store.ts'
import { span } from './words.ts'

const LOW_MS = 10
const HIGH_MS = 600_000
/** A ladder is as many rows. */
const LADDER = 5

export function DeadlinesView({ state }: { state: State }) {
  const parts = [...state.parts.values()].filter(part => (part.settings?.length ?? 0) > 0)
  const most = useGrowing(parts.length, LADDER)
  if (parts.length === 0) return <p>Nothing that runs here tells of its timeouts.</p>
  return (
    <>
      <p class="quiet">
        Each bar is a time, the longer the wider: a tenth of a second, ten minutes, in even steps of ten. Out of step? selfheal
        doctor
      </p>
      {parts.slice(0, most).map(part => (
        <Block key={part.path} title={`${nameOf(part.path)} (${part.kind})`} id={`ladder-${part.path}`}>
          <table class="ladder">
            <thead>
              <tr>
                <th scope="col">Timeout</th>
                <th scope="col">Time</th>
                <th scope="col">From</th>
              </tr>
            </thead>
            <tbody>
              {part
                .settings!.filter(one => one.level !== 'retries')
                .map((one, i) => (
                  <Rung key={`${i} ${one.name}`} one={one} />
                ))}
            </tbody>
          </table>
        </Block>
      ))}
    </>
  )
}

const Rung = ({ one: { level, name, valueMs, from } }: { one: Setting }) => (
  <tr class={valueMs === null ? 'endless' : ''}>
    <th scope="row">{name === level ? name : `${level}: ${name}`}</th>
    <td>
      {valueMs === null ? 'for ever' : span(valueMs)}
      <svg aria-hidden="true" viewBox="0 0 100 4" preserveAspectRatio="none">
        <rect width={share(valueMs)} height="4" rx="1" />
      </svg>
    </td>
    <td class="quiet">{from}</td>
  </tr>
)

const share = (ms: number | null) =>
  ms === null ? 100 : Math.max(1, Math.min(100, (Math.log(Math.max(LOW_MS, ms) / LOW_MS) / Math.log(HIGH_MS / LOW_MS)) * 100))
