// The machines of a fleet, when someone asks: one question to its engine, not one a second. Each with its beat, how it is, what it holds.
import { useState } from 'preact/hooks'
import { act } from './connect.ts'
import { machinesOf, type Part } from './facts.ts'
import { State as Shown, Wide } from './pieces.tsx'
import { span } from './words.ts'

export function Machines({ part }: { part: Part }) {
  const [said, setSaid] = useState<{ readonly rows?: unknown; readonly failed?: string }>()
  const [busy, setBusy] = useState(false)
  const look = async () => {
    setBusy(true)
    const wish = { path: part.path, verb: 'machines', args: null, why: 'looked at on the dashboard' }
    setSaid(
      await act(wish).then(
        answer => ({ rows: answer['value'] }),
        error => ({ failed: String((error as Error).message) }),
      ),
    )
    setBusy(false)
  }
  const rows = machinesOf(said?.rows, part.snapshot)
  return (
    <div class="machines">
      <button type="button" onClick={look} disabled={busy}>
        {said === undefined ? 'Show its machines' : 'Look again'}
      </button>
      {said?.failed !== undefined && <p role="alert">{said.failed}</p>}
      {rows.length > 0 && (
        <Wide says="Its machines">
          <table>
            <thead>
              <tr>
                {['Machine', 'State', 'Last beat', 'Holds'].map(title => (
                  <th key={title} scope="col">
                    {title}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {rows.map(row => (
                <tr key={row.name}>
                  <th scope="row">{row.name}</th>
                  <td>
                    <Shown tone={row.tone} says={row.state} />
                  </td>
                  <td>{row.ageMs === null ? '' : `${span(row.ageMs)} ago`}</td>
                  <td>{row.holds}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </Wide>
      )}
    </div>
  )
}
