// Drills: what runs now and how it ended, live; those there are, to begin with a reason; the last reports, with their verdicts, promises and
// figures; and what was before.
import { useEffect, useState } from 'preact/hooks'
import { openDrill } from './act.tsx'
import { Chart } from './chart.tsx'
import { ask } from './connect.ts'
import { drillsOf, type EndedDrill } from './facts.ts'
import { Block, State as Shown, Since, Wide } from './pieces.tsx'
import type { State } from './store.ts'
import { span } from './words.ts'

interface Report {
  readonly drill: string
  readonly says: string
  readonly without: readonly string[]
  readonly verdict: string
  readonly at: number
  readonly mend: string | null
  readonly again: string
  readonly columnMs: number
  readonly columns: readonly { readonly atMs: number; readonly ok: number; readonly degraded: number; readonly failed: number }[]
  readonly marks: readonly { readonly atMs: number; readonly is: string; readonly says: string }[]
  readonly checks: readonly Check[]
}
interface Check {
  readonly promise: string
  readonly says: string
  readonly kept: boolean
}
interface Crash extends Pick<Report, 'verdict' | 'at' | 'mend' | 'again' | 'checks'> {
  readonly target: string
  readonly fault: string
  readonly regressed: boolean
}
interface Line {
  readonly at: number
  readonly drill: string
  readonly of?: string
  readonly verdict: string
  readonly availability: number | null
  readonly recoverMs: number | null
}
interface Drills {
  readonly can: boolean
  readonly drills: readonly { readonly name: string; readonly says: string }[]
  readonly history: readonly Line[]
  readonly last: { readonly reports: readonly Report[] } | null
  readonly crash: Crash | null
}

const AGAIN_MS = 5_000
const toneOf = (verdict: string) => (verdict === 'yes' ? 'well' : verdict === 'expected' ? 'off' : 'bad')

export function DrillsView({ state }: { state: State }) {
  const now = drillsOf([...state.parts.values()].find(part => part.kind === 'drills'))
  const newest = `${now.running.length} ${now.last[0]?.at}`
  const [drills, setDrills] = useState<Drills>()
  const [failed, setFailed] = useState('')
  useEffect(() => {
    const look = () => ask<Drills>('/api/drills').then(setDrills, error => setFailed(String(error.message)))
    void look()
    const timer = setInterval(look, AGAIN_MS)
    return () => clearInterval(timer)
    // One that has just ended has a report.
  }, [newest])
  if (drills === undefined) return <p class="quiet">{failed || 'Asking…'}</p>
  return (
    <>
      {(now.running.length > 0 || now.last.length > 0) && (
        <Block title="Now and last" id="drills-now">
          <p class="hidden" role="status">
            {now.running.length > 0
              ? `The drill ${now.running[0]!.drill} runs`
              : `The drill ${now.last[0]!.drill}: ${now.last[0]!.verdict}`}
          </p>
          <ul class="parts">
            {now.running.map(one => (
              <li key={`${one.drill} ${one.since}`} class="part busy">
                <span class="name">{one.drill}</span> <Shown tone="busy" says="runs" />
                <span class="quiet">
                  for <Since at={one.since} />, on {one.of}, begun by {one.by}
                </span>
              </li>
            ))}
            {now.last.map(one => (
              <LastRow key={`${one.drill} ${one.at}`} one={one} />
            ))}
          </ul>
        </Block>
      )}
      <Block title="To begin" id="to-begin">
        <ul class="parts">
          {drills.drills.map(one => (
            <li key={one.name} class="part">
              <span class="name">{one.name}</span> <span class="says">{one.says}</span>
              {drills.can && (
                <button type="button" class="act" aria-haspopup="dialog" onClick={() => openDrill(one.name)}>
                  Begin<span class="hidden"> {one.name}</span>
                </button>
              )}
            </li>
          ))}
        </ul>
      </Block>
      {drills.crash !== null && <CrashBlock crash={drills.crash} />}
      {(drills.last?.reports ?? []).map((report, i) => (
        <ReportBlock key={`${report.drill} ${i}`} report={report} id={`report-${i}`} />
      ))}
      {drills.history.length > 0 && <History lines={[...drills.history].reverse().slice(0, 30)} />}
    </>
  )
}

const LastRow = ({ one }: { one: EndedDrill }) => (
  <li class={`part ${toneOf(one.verdict)}`}>
    <span class="name">{one.drill}</span> <Shown tone={toneOf(one.verdict)} says={one.verdict} />
    <span class="quiet">
      <Since at={one.at} /> ago, on {one.of}
      {one.without.length > 0 && `, without ${one.without.join(', ')}`}
    </span>
    <span class="says">{[one.regressed ? 'It held the last time' : '', ...one.broke].filter(Boolean).join('; ')}</span>
  </li>
)

const Checks = ({ checks }: { checks: readonly Check[] }) => (
  <ul class="told">
    {checks.map(one => (
      <li key={one.promise} class={one.kept ? '' : 'alarm'}>
        {one.kept ? 'kept' : 'NOT kept'}: {one.promise}: {one.says}
      </li>
    ))}
  </ul>
)

const CrashBlock = ({ crash }: { crash: Crash }) => (
  <Block title={`crash of ${crash.target}`} id="report-crash">
    <p>
      <Shown tone={toneOf(crash.verdict)} says={crash.verdict} /> {crash.fault} under load, {new Date(crash.at).toLocaleString()}
      {crash.regressed && '. It held the last time.'}
    </p>
    {crash.mend !== null && <p>{crash.mend}</p>}
    <Checks checks={crash.checks} />
    <p class="quiet">
      Again: <code>{crash.again}</code>
    </p>
  </Block>
)

const COUNTS = [
  { label: 'ok', color: '--well' },
  { label: 'degraded', color: '--busy' },
  { label: 'failed', color: '--bad' },
]

function ReportBlock({ report, id }: { report: Report; id: string }) {
  const { columns } = report
  const data = [
    columns.map(one => one.atMs / 1_000),
    columns.map(one => one.ok),
    columns.map(one => one.degraded),
    columns.map(one => one.failed),
  ]
  const failed = columns.reduce((sum, one) => sum + one.failed, 0)
  return (
    <Block title={`${report.drill}${report.without.length > 0 ? `, without ${report.without.join(', ')}` : ''}`} id={id}>
      <p>
        <Shown tone={toneOf(report.verdict)} says={report.verdict} /> {report.says}
      </p>
      {report.mend !== null && <p>{report.mend}</p>}
      {columns.length > 1 && (
        <Chart says={`Answers over the drill; ${failed} failed`} lines={COUNTS} data={data as never} wall={false} />
      )}
      <Checks checks={report.checks} />
      <ol class="told">
        {report.marks.map((mark, i) => (
          <li key={i}>
            <span class="quiet">+{span(mark.atMs)}</span> {mark.is}: {mark.says}
          </li>
        ))}
      </ol>
      <p class="quiet">
        Again: <code>{report.again}</code>
      </p>
    </Block>
  )
}

const History = ({ lines }: { lines: readonly Line[] }) => (
  <Block title="Before" id="before">
    <Wide says="Drills before">
      <table>
        <thead>
          <tr>
            {['When', 'Drill', 'Verdict', 'Answered well', 'Recovered'].map(title => (
              <th key={title} scope="col">
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {lines.map((one, i) => (
            <tr key={i}>
              <td>{new Date(one.at).toLocaleString()}</td>
              <th scope="row">{one.of === undefined ? one.drill : `${one.drill} of ${one.of}`}</th>
              <td>
                <Shown tone={toneOf(one.verdict)} says={one.verdict} />
              </td>
              <td>{one.availability === null ? '' : `${(one.availability * 100).toFixed(1)} %`}</td>
              <td>{one.recoverMs === null ? '' : `after ${span(one.recoverMs)}`}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Wide>
  </Block>
)
